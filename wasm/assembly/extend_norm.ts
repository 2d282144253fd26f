// norm ← √(norm² + Σ g²)
//
// Layout: `partials` holds Σ g² of each chunk, from `globalNormPartials`.
// Work: one item.

export function extendNorm(from: usize, to: usize, scratch: usize, norm: usize, partials: usize, count: usize): void {
  const before = <f64>load<f32>(norm);
  let sum = before * before;
  for (let n: usize = 0; n < count; n++) sum += load<f64>(partials + 8 * n);
  store<f32>(norm, <f32>Math.sqrt(sum));
}
