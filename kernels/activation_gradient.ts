import type { Kernel } from "./kernel.ts";
import { blockOfLatent, tailSums } from "./blocks.ts";
import { type PenaltyConstants, penaltySlope, penaltyWeight } from "./penalty.ts";

/**
 * Gradients at the pre-activations:
 *
 *     ∂f_bi = ⟨G_m(i),b , D_i⟩ + Ω_m(i) φ′(|f_bi| n_i) sign(f_bi) n_i        Ω_m = (λ/B) Σ_{j ≥ m} w_j
 *     ∂pre_bi = ∂f_bi if f_bi ≠ 0 or the activation is the identity, else 0
 *
 *     G [P, B, d], f [B, N], D [N, d], n [N], p [P], w [P], λ [1]  →  ∂pre [B, N]
 *
 * Why: the backward product of the dense algorithm, block by block G·Dᵀ, with the penalty in its epilogue.
 */
export const activationGradient: Kernel<
  {
    reverseSums: "f32";
    activations: "f32";
    decoder: "f32";
    norms: "f32";
    bounds: "u32";
    weights: "f32";
    coefficient: "f32";
    preGradient: "f32";
  },
  "B" | "d" | "N" | "P",
  PenaltyConstants & { readonly identity: boolean }
> = {
  id: "activationGradient",
  operands: {
    reverseSums: { access: "read", dtype: "f32", dims: ["P", "B", "d"] },
    activations: { access: "read", dtype: "f32", dims: ["B", "N"] },
    decoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    norms: { access: "read", dtype: "f32", dims: ["N"] },
    bounds: { access: "read", dtype: "u32", dims: ["P"] },
    weights: { access: "read", dtype: "f32", dims: ["P"] },
    coefficient: { access: "read", dtype: "f32", dims: [1] },
    preGradient: { access: "write", dtype: "f32", dims: ["B", "N"] },
  },
  reference(
    { reverseSums, activations, decoder, norms, bounds, weights, coefficient, preGradient },
    { B, d, N },
    constants,
  ) {
    const block = blockOfLatent(bounds);
    const tail = tailSums(weights);
    for (let b = 0; b < B; b++) {
      for (let i = 0; i < N; i++) {
        const f = activations[b * N + i];
        if (f === 0 && !constants.identity) {
          preGradient[b * N + i] = 0;
          continue;
        }
        const row = (block[i] * B + b) * d;
        let sum = 0;
        for (let k = 0; k < d; k++) sum += reverseSums[row + k] * decoder[i * d + k];
        const weight = penaltyWeight(constants, norms[i]);
        const omega = coefficient[0] / B * tail[block[i]];
        const slope = penaltySlope(constants, Math.abs(f) * weight);
        preGradient[b * N + i] = sum + omega * slope * Math.sign(f) * weight;
      }
    }
  },
};
