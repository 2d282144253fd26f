import type { Kernel } from "./kernel.ts";
import { type PenaltyConstants, penaltyValue, penaltyWeight } from "./penalty.ts";

/**
 * Sums over the batch for each latent, from its codes: a silent row adds φ(0) and nothing else.
 *
 *     penalties_i = Σ_b φ(|f_bi| n_i)      counts_i = #{b : f_bi ≠ 0}      squares_i = Σ_b f_bi²
 *
 *     latentOffsets [N+1], latentValues [K], n [N]  →  penalties [N], counts [N], squares [N]
 *
 * Why: the sparse twin of `latentSums`, in time proportional to the active latents instead of B·N.
 */
export const sparseLatentSums: Kernel<
  {
    latentOffsets: "u32";
    latentValues: "f32";
    norms: "f32";
    penalties: "f32";
    counts: "u32";
    squares: "f32";
  },
  "N" | "K",
  PenaltyConstants & { readonly rows: number }
> = {
  id: "sparseLatentSums",
  operands: {
    latentOffsets: { access: "read", dtype: "u32", dims: ["N+1"] },
    latentValues: { access: "read", dtype: "f32", dims: ["K"] },
    norms: { access: "read", dtype: "f32", dims: ["N"] },
    penalties: { access: "write", dtype: "f32", dims: ["N"] },
    counts: { access: "write", dtype: "u32", dims: ["N"] },
    squares: { access: "write", dtype: "f32", dims: ["N"] },
  },
  reference(
    { latentOffsets, latentValues, norms, penalties, counts, squares },
    { N },
    constants,
  ) {
    for (let i = 0; i < N; i++) {
      const from = latentOffsets[i];
      const to = latentOffsets[i + 1];
      const weight = penaltyWeight(constants, norms[i]);
      let penalty = (constants.rows - (to - from)) * penaltyValue(constants, 0);
      let square = 0;
      for (let e = from; e < to; e++) {
        penalty += penaltyValue(constants, Math.abs(latentValues[e]) * weight);
        square += latentValues[e] ** 2;
      }
      penalties[i] = penalty;
      counts[i] = to - from;
      squares[i] = square;
    }
  },
};
