// scaled_j = w_j / V, 0 where V = 0
//
// Layout: w and scaled [P], V one number.
// Work: one item.

export function divideByVariance(
  from: usize, to: usize, scratch: usize, weights: usize, totalVariance: usize, scaled: usize, P: usize,
): void {
  const variance = load<f32>(totalVariance);
  for (let j: usize = 0; j < 4 * P; j += 4) store<f32>(scaled + j, variance > 0 ? load<f32>(weights + j) / variance : 0);
}
