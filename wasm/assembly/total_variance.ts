// totalVariance = (1/B) Σ_b Σ_k (x_bk − mean_b x_bk)², the means first
//
// Layout: x [B, d]; means [d] and sums over the batch [d] live between the phases.
// Work: items are columns (means, then squares); then one item adds the columns in order, in float64.
import { add, columnSums, difference, scaled, SUM_BYTES } from "./rows";

const TILE: usize = 256;
const ROWS: usize = 64;

export function varianceScratchBytes(): usize {
  return max(SUM_BYTES, 2 * 4 * TILE);
}

export function columnVariances(
  from: usize, to: usize, scratch: usize, input: usize, means: usize, sums: usize, B: usize, d: usize,
): void {
  columnSums(means + 4 * from, input + 4 * from, d, B, to - from, 0, scratch);
  for (let k = from; k < to; k++) store<f32>(means + 4 * k, load<f32>(means + 4 * k) / <f32>B);
  for (let k = from; k < to; k += TILE) {
    const count = min(TILE, to - k);
    memory.fill(sums + 4 * k, 0, 4 * count);
    for (let b: usize = 0; b < B;) {
      memory.fill(scratch, 0, 4 * count);
      for (const end = min(b + ROWS, B); b < end; b++) {
        difference(scratch + 4 * TILE, input + 4 * (b * d + k), means + 4 * k, count);
        addSquares(scratch, scratch + 4 * TILE, count);
      }
      add(sums + 4 * k, scratch, count);
    }
  }
}

function addSquares(to: usize, from: usize, count: usize): void {
  for (const end = to + 4 * count; to < end; to += 4, from += 4) {
    store<f32>(to, load<f32>(to) + load<f32>(from) * load<f32>(from));
  }
}

export function totalVariance(
  from: usize, to: usize, scratch: usize, sums: usize, totalVariance: usize, B: usize, d: usize,
): void {
  let sum: f64 = 0;
  for (let k: usize = 0; k < d; k++) sum += load<f32>(sums + 4 * k);
  store<f32>(totalVariance, <f32>(sum / <f64>B));
}
