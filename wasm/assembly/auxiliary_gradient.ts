// factor = scale [/ V] [·min(deadCount/full, 1)], 0 where the loss does not apply
// y_b ← 2·factor·(y_b + e_b)        terms_term ← [terms_term +] factor·Σ_b ‖y_b + e_b‖², of the former y
//
// Layout: y and e [B, d]; V, deadCount [1]; rowOffsets [B+1]; terms [4]; `squares` holds a float64 for each row.
// Work: items are rows; then one item adds the squares in order.
function factorOf(
  variance: usize, deadCount: usize, rowOffsets: usize, B: usize, scale: f64, normalized: i32, full: f64, condition: i32,
): f64 {
  const dead = load<u32>(deadCount), codes = load<u32>(rowOffsets + 4 * B);
  // 0: a dead latent, 1: a code, 2: always
  if (condition == 0 ? dead == 0 : condition == 1 && codes == 0) return 0;
  let factor = scale;
  if (normalized) {
    const V = <f64>load<f32>(variance);
    factor = V > 0 ? factor / V : 0;
  }
  return full > 0 ? factor * min<f64>(<f64>dead / full, 1) : factor;
}

export function auxiliaryGradient(
  from: usize, to: usize, scratch: usize,
  reconstruction: usize, residual: usize, variance: usize, deadCount: usize, rowOffsets: usize, squares: usize,
  B: usize, d: usize, scale: f64, normalized: i32, full: f64, condition: i32,
): void {
  const factor = factorOf(variance, deadCount, rowOffsets, B, scale, normalized, full, condition);
  const twice = <f32>(2 * factor);
  for (let b = from; b < to; b++) {
    const at: usize = 4 * b * d;
    let sum: f64 = 0;
    for (let k = at, end = at + 4 * d; k < end; k += 4) {
      const error = load<f32>(reconstruction + k) + load<f32>(residual + k);
      sum += <f64>error * <f64>error;
      store<f32>(reconstruction + k, factor == 0 ? 0 : twice * error);
    }
    store<f64>(squares + 8 * b, sum);
  }
}

export function auxiliaryTerm(
  from: usize, to: usize, scratch: usize,
  variance: usize, deadCount: usize, rowOffsets: usize, squares: usize, terms: usize,
  B: usize, scale: f64, normalized: i32, full: f64, condition: i32, term: usize, first: i32,
): void {
  const factor = factorOf(variance, deadCount, rowOffsets, B, scale, normalized, full, condition);
  let sum: f64 = 0;
  for (let b: usize = 0; b < B; b++) sum += load<f64>(squares + 8 * b);
  const before: f64 = first ? 0 : <f64>load<f32>(terms + 4 * term);
  store<f32>(terms + 4 * term, <f32>(before + (factor == 0 ? 0 : factor * sum)));
}
