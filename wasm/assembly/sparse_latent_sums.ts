// penalties_i = Σ_b φ(|f_bi|·n_i)   counts_i = active rows   squares_i = Σ_b f_bi²
//
// Layout: codes by latent (latentOffsets, latentValues), n [N], or 0 where every weight is 1. Every silent row adds φ(0).
// Work: threads take ranges of latents.
import { penaltyOffset, penaltySum, penaltyValue, weightOf } from "./penalty";
import { dot } from "./rows";

export function sparseLatentSums(
  from: usize, to: usize, scratch: usize,
  latentOffsets: usize, latentValues: usize, norms: usize, penalties: usize, counts: usize, squares: usize,
  rows: usize, kind: i32, epsilon: f32, subtract: i32,
): void {
  const offset = penaltyOffset(kind, epsilon, subtract);
  const silent = <f64>penaltyValue(kind, epsilon, offset, 0);
  let first = <usize>load<u32>(latentOffsets + 4 * from);
  for (let i = from; i < to; i++) {
    const last = <usize>load<u32>(latentOffsets + 4 * i, 4);
    const count = last - first;
    const values = latentValues + 4 * first;
    const active = penaltySum(kind, epsilon, offset, values, weightOf(norms, i), count);
    store<f32>(penalties + 4 * i, <f32>(<f64>(rows - count) * silent + active));
    store<u32>(counts + 4 * i, count);
    store<f32>(squares + 4 * i, dot(values, values, count));
    first = last;
  }
}
