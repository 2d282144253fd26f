// l0 = (1/rows) Σ_i counts_i        terms_3 = s (l0/l* − 1)²        λ = 2 s (l0/l* − 1) / l*
//
// Layout: counts and θ [N]; s and λ are one number each; terms [4].
// Work: one item.

export function targetL0Penalty(
  from: usize, to: usize, scratch: usize,
  counts: usize, threshold: usize, strength: usize, coefficient: usize, terms: usize,
  N: usize, targetL0: f64, rows: f64, silentBelowZero: i32,
): void {
  let sum: f64 = 0;
  for (let i: usize = 0; i < 4 * N; i += 4) {
    sum += silentBelowZero && load<f32>(threshold + i) < 0 ? rows : <f64>load<u32>(counts + i);
  }
  const excess = sum / rows / targetL0 - 1, s = <f64>load<f32>(strength);
  store<f32>(coefficient, <f32>(2 * s * excess / targetL0));
  store<f32>(terms, <f32>(s * excess * excess), 12);
}
