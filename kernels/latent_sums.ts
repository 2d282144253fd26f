import type { Kernel } from "./kernel.ts";
import { type PenaltyConstants, penaltyValue, penaltyWeight } from "./penalty.ts";

/**
 * Sums over the batch for each latent:
 *
 *     penalties_i = Σ_b φ(|f_bi| n_i)      counts_i = #{b : f_bi ≠ 0}      squares_i = Σ_b f_bi²
 *
 *     f [B, N], n [N]  →  penalties [N], counts [N], squares [N]
 *
 * Why: sparsity and L0 per prefix are sums of these over latents (`prefixSums`), and dead latents and
 * importance are their history (`latentHistory`), so one pass over [B, N] serves them all.
 */
export const latentSums: Kernel<
  { activations: "f32"; norms: "f32"; penalties: "f32"; counts: "u32"; squares: "f32" },
  "B" | "N",
  PenaltyConstants
> = {
  id: "latentSums",
  operands: {
    activations: { access: "read", dtype: "f32", dims: ["B", "N"] },
    norms: { access: "read", dtype: "f32", dims: ["N"] },
    penalties: { access: "write", dtype: "f32", dims: ["N"] },
    counts: { access: "write", dtype: "u32", dims: ["N"] },
    squares: { access: "write", dtype: "f32", dims: ["N"] },
  },
  reference({ activations, norms, penalties, counts, squares }, { B, N }, constants) {
    for (let i = 0; i < N; i++) {
      let penalty = 0;
      let count = 0;
      let square = 0;
      for (let b = 0; b < B; b++) {
        const f = activations[b * N + i];
        penalty += penaltyValue(constants, Math.abs(f) * penaltyWeight(constants, norms[i]));
        if (f !== 0) count++;
        square += f * f;
      }
      penalties[i] = penalty;
      counts[i] = count;
      squares[i] = square;
    }
  },
};
