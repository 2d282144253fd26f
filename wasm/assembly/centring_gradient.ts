// ∂c ← ∂c − Σ_i ∂b_i E_i
//
// Layout: ∂b [N], E [N, d], ∂c [d]; sums [d] is temporary.
// Work: items are columns.
import { columnSums, difference } from "./rows";

export function centringGradient(
  from: usize, to: usize, scratch: usize, biasGradient: usize, encoder: usize, gradient: usize, sums: usize, N: usize, d: usize,
): void {
  columnSums(sums + 4 * from, encoder + 4 * from, d, N, to - from, biasGradient, scratch);
  difference(gradient + 4 * from, gradient + 4 * from, sums + 4 * from, to - from);
}
