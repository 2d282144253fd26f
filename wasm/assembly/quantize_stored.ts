// The rows of a stored encoder as small integers, with the norms that bound the error (quantize.ts)
//
// Layout: stored.ts describes the rows. int8 rows are their own integers.
// Work: items are rows; scratch holds one row in float32.
import { Stored } from "./codes";
import { LATENT_BOUNDS, INPUT_OFFSET, quantizeLatent } from "./quantize";
import { sumOfSquares } from "./rows";
import { expandRow, storedRowBytes } from "./stored";

export function quantizeStoredScratchBytes(d: usize): usize {
  return 4 * d + 15 & ~15;
}

export function quantizeStored(
  from: usize, to: usize, scratch: usize, stored: usize, scale: usize, quantized: usize, bounds: usize, type: i32, d: usize, W: usize,
): void {
  const rowBytes = storedRowBytes(d, type);
  for (let i = from; i < to; i++) {
    const row = stored + i * rowBytes, words = quantized + 4 * i * W, at = bounds + LATENT_BOUNDS * i;
    const factor: f32 = type == Stored.int8 ? load<f32>(scale + 4 * i) : 1;
    expandRow(scratch, row, d, type, factor);
    if (type != Stored.int8) {
      quantizeLatent(scratch, d, words, at);
      continue;
    }
    memory.copy(words, row, 4 * W);
    let sum: i32 = 0;
    for (let k: usize = 0; k < d; k++) sum += load<i8>(row + k);
    const norm = sqrt<f32>(sumOfSquares(scratch, d));
    store<f32>(at, factor);
    store<f32>(at, norm, 4);
    // Each weight is rounded once.
    store<f32>(at, norm * <f32>5.9604644775390625e-8, 8);
    store<f32>(at, <f32>(INPUT_OFFSET * sum), 12);
  }
}
