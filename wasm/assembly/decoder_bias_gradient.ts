// ∂c = Σ_b G_0,b
//
// Layout: G [P, B, d], of which only slab 0 is read; ∂c [d].
// Work: items are columns.
import { columnSums, SUM_BYTES } from "./rows";

export function columnSumsScratchBytes(): usize {
  return SUM_BYTES;
}

export function decoderBiasGradient(
  from: usize, to: usize, scratch: usize, reverseSums: usize, decoderBiasGradient: usize, B: usize, d: usize,
): void {
  columnSums(decoderBiasGradient + 4 * from, reverseSums + 4 * from, d, B, to - from, 0, scratch);
}
