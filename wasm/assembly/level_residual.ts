// e = (G_level − G_level+1) / (scale·w_level), G_P = 0; 0 where the divisor is
//
// Layout: G [P, B, d]; w [P]; e [B, d].
// Work: items are the B·d elements.
export function levelResidual(
  from: usize, to: usize, scratch: usize,
  reverseSums: usize, weights: usize, residual: usize, size: usize, P: usize, level: usize, scale: f64,
): void {
  const divisor = scale * <f64>load<f32>(weights + 4 * level), last = level + 1 == P;
  const factor: f64 = divisor == 0 ? 0 : 1 / divisor;
  const sums = reverseSums + 4 * level * size;
  for (let n: usize = 4 * from, end: usize = 4 * to; n < end; n += 4) {
    const later: f64 = last ? 0 : <f64>load<f32>(sums + 4 * size + n);
    store<f32>(residual + n, <f32>((<f64>load<f32>(sums + n) - later) * factor));
  }
}
