// G_m = scale·Σ_{j ≥ m} w_j e_j, in place
//
// Layout: e and G [P, B, d], w [P].
// Work: items are the B·d elements of a slab, 1024 at a time from the last slab to the first: the sum so far is still in L1.
import { scaled, scaledPlus } from "./rows";

const TILE: usize = 1024;

export function reverseSums(
  from: usize, to: usize, scratch: usize, weights: usize, residuals: usize, size: usize, P: usize, scale: f64,
): void {
  for (let k = from; k < to; k += TILE) {
    const count = min(TILE, to - k);
    let slab = residuals + 4 * ((P - 1) * size + k);
    scaled(slab, slab, <f32>(scale * load<f32>(weights + 4 * (P - 1))), count);
    for (let j = P - 1; j-- > 0;) {
      slab -= 4 * size;
      scaledPlus(slab, <f32>(scale * load<f32>(weights + 4 * j)), slab + 4 * size, count);
    }
  }
}
