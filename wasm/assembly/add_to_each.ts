// target_j ← target_j + scale·addend
//
// Layout: sums [P, B, d], addend [B, d].
// Work: items are the B·d elements of the addend, 1024 at a time for all slabs, so that they stay in L1.
import { addScaled } from "./rows";

const TILE: usize = 1024;

export function addToEach(
  from: usize, to: usize, scratch: usize, sums: usize, addend: usize, size: usize, P: usize, scale: f64,
): void {
  for (let k = from; k < to; k += TILE) {
    const count = min(TILE, to - k);
    for (let j: usize = 0; j < P; j++) addScaled(sums + 4 * (j * size + k), addend + 4 * k, <f32>scale, count);
  }
}
