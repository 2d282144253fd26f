import type { Kernel } from "./kernel.ts";
import { blockOfLatent, tailSums } from "./blocks.ts";
import { type PenaltyConstants, penaltySlope, penaltyWeight } from "./penalty.ts";

/**
 * The gradient of the decoder:
 *
 *     ∂D_i = Σ_b f_bi G_m(i),b + Ω_m(i) (Σ_b φ′(|f_bi| n_i) |f_bi|) D_i / n_i        Ω_m = (λ/B) Σ_{j ≥ m} w_j
 *
 *     f [B, N], G [P, B, d], D [N, d], n [N], p [P], w [P], λ [1]  →  ∂D [N, d]
 *
 * The second term is 0 where n_i = 0.
 *
 * Why: the product Fᵀ·G of the dense algorithm, block by block. The second term is there because the
 * gradient also flows through the decoder norm in the penalty.
 */
export const decoderGradient: Kernel<
  {
    activations: "f32";
    reverseSums: "f32";
    decoder: "f32";
    norms: "f32";
    bounds: "u32";
    weights: "f32";
    coefficient: "f32";
    decoderGradient: "f32";
  },
  "B" | "d" | "N" | "P",
  PenaltyConstants
> = {
  id: "decoderGradient",
  operands: {
    activations: { access: "read", dtype: "f32", dims: ["B", "N"] },
    reverseSums: { access: "read", dtype: "f32", dims: ["P", "B", "d"] },
    decoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    norms: { access: "read", dtype: "f32", dims: ["N"] },
    bounds: { access: "read", dtype: "u32", dims: ["P"] },
    weights: { access: "read", dtype: "f32", dims: ["P"] },
    coefficient: { access: "read", dtype: "f32", dims: [1] },
    decoderGradient: { access: "write", dtype: "f32", dims: ["N", "d"] },
  },
  reference(
    { activations, reverseSums, decoder, norms, bounds, weights, coefficient, decoderGradient },
    { B, d, N },
    constants,
  ) {
    const block = blockOfLatent(bounds);
    const tail = tailSums(weights);
    const sum = new Float64Array(d);
    for (let i = 0; i < N; i++) {
      sum.fill(0);
      let slopes = 0;
      for (let b = 0; b < B; b++) {
        const f = activations[b * N + i];
        const row = (block[i] * B + b) * d;
        for (let k = 0; k < d; k++) sum[k] += f * reverseSums[row + k];
        slopes += penaltySlope(constants, Math.abs(f) * penaltyWeight(constants, norms[i])) *
          Math.abs(f);
      }
      const weighted = norms[i] > 0 && !constants.unweighted;
      const pull = weighted ? coefficient[0] / B * tail[block[i]] * slopes / norms[i] : 0;
      for (let k = 0; k < d; k++) decoderGradient[i * d + k] = sum[k] + pull * decoder[i * d + k];
    }
  },
};
