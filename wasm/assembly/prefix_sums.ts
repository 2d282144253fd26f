// sparsity_j = (1/B) Σ_{i < p_j} penalties_i        l0_j = (1/B) Σ_{i < p_j} counts_i
//
// Layout: penalties and counts [N]; bounds, sparsity and l0 [P].
// Work: one item; N additions in order, in float64.

export function prefixSums(
  from: usize, to: usize, scratch: usize,
  penalties: usize, counts: usize, bounds: usize, sparsity: usize, l0: usize, P: usize, rows: f64,
): void {
  let penalty: f64 = 0, count: f64 = 0, i: usize = 0;
  for (let j: usize = 0; j < P; j++) {
    for (const end: usize = load<u32>(bounds + 4 * j); i < end; i++) {
      penalty += load<f32>(penalties + 4 * i);
      count += load<u32>(counts + 4 * i);
    }
    store<f32>(sparsity + 4 * j, <f32>(penalty / rows));
    store<f32>(l0 + 4 * j, <f32>(count / rows));
  }
}
