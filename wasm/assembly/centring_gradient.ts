// ∂c ← ∂c − Σ_i ∂b_i E_i
//
// Layout: ∂b [N], E [N, d], ∂c [d]; sums [d] are temporary.
// Work: items are columns.
import { columnSums, difference } from "./rows";

export function centringGradient(
  from: usize, to: usize, scratch: usize,
  encoderBiasGradient: usize, encoder: usize, decoderBiasGradient: usize, sums: usize, N: usize, d: usize,
): void {
  columnSums(sums + 4 * from, encoder + 4 * from, d, N, to - from, encoderBiasGradient, scratch);
  difference(decoderBiasGradient + 4 * from, decoderBiasGradient + 4 * from, sums + 4 * from, to - from);
}
