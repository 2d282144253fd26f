import { blockOfLatent, tailSums } from "./blocks.ts";
import type { Kernel } from "./kernel.ts";
import { type PenaltyConstants, penaltySlope, penaltyWeight } from "./penalty.ts";

/**
 * The latent pass of the sparse algorithm: for each latent, one visit to the rows where it is active, in
 * order, gives all its gradients:
 *
 *     ∂f_bi = ⟨G_m(i),b , D_i⟩ + Ω_m(i) φ′(|f_bi| n_i) sign(f_bi) n_i        Ω_m = (λ/B) Σ_{j ≥ m} w_j
 *     ∂E_i = Σ_b ∂f_bi x_b        ∂b_i = Σ_b ∂f_bi
 *     ∂D_i = Σ_b f_bi G_m(i),b + Ω_m(i) (Σ_b φ′(|f_bi| n_i) |f_bi|) D_i / n_i
 *
 *     latentOffsets [N+1], latentRows [K], latentValues [K], G [P, B, d], x [B, d], D [N, d], n [N],
 *     p [P], w [P], λ [1]  →  ∂E [N, d], ∂b [N], ∂D [N, d]
 *
 * The sums run over rows with f_bi ≠ 0; x is the encoder's input. The sparse twin of
 * `activationGradient`, `encoderGradient` and `decoderGradient`.
 *
 * Why: each row of G and x is read once for three results, and no float is added atomically.
 */
export const sparseLatentGradients: Kernel<
  {
    latentOffsets: "u32";
    latentRows: "u32";
    latentValues: "f32";
    reverseSums: "f32";
    input: "f32";
    decoder: "f32";
    norms: "f32";
    bounds: "u32";
    weights: "f32";
    coefficient: "f32";
    encoderGradient: "f32";
    encoderBiasGradient: "f32";
    decoderGradient: "f32";
  },
  "B" | "d" | "N" | "P" | "K",
  PenaltyConstants
> = {
  id: "sparseLatentGradients",
  operands: {
    latentOffsets: { access: "read", dtype: "u32", dims: ["N+1"] },
    latentRows: { access: "read", dtype: "u32", dims: ["K"] },
    latentValues: { access: "read", dtype: "f32", dims: ["K"] },
    reverseSums: { access: "read", dtype: "f32", dims: ["P", "B", "d"] },
    input: { access: "read", dtype: "f32", dims: ["B", "d"] },
    decoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    norms: { access: "read", dtype: "f32", dims: ["N"] },
    bounds: { access: "read", dtype: "u32", dims: ["P"] },
    weights: { access: "read", dtype: "f32", dims: ["P"] },
    coefficient: { access: "read", dtype: "f32", dims: [1] },
    encoderGradient: { access: "write", dtype: "f32", dims: ["N", "d"] },
    encoderBiasGradient: { access: "write", dtype: "f32", dims: ["N"] },
    decoderGradient: { access: "write", dtype: "f32", dims: ["N", "d"] },
  },
  reference(arrays, { B, d, N }, constants) {
    const { latentOffsets, latentRows, latentValues, reverseSums, input, decoder, norms } = arrays;
    const { encoderGradient, encoderBiasGradient, decoderGradient } = arrays;
    const block = blockOfLatent(arrays.bounds);
    const tail = tailSums(arrays.weights);
    encoderGradient.fill(0);
    encoderBiasGradient.fill(0);
    decoderGradient.fill(0);
    for (let i = 0; i < N; i++) {
      const omega = arrays.coefficient[0] / B * tail[block[i]];
      const weight = penaltyWeight(constants, norms[i]);
      let slopes = 0;
      for (let e = latentOffsets[i]; e < latentOffsets[i + 1]; e++) {
        const b = latentRows[e];
        const f = latentValues[e];
        const G = (block[i] * B + b) * d;
        const slope = penaltySlope(constants, Math.abs(f) * weight);
        let g = omega * slope * Math.sign(f) * weight;
        for (let k = 0; k < d; k++) g += reverseSums[G + k] * decoder[i * d + k];
        for (let k = 0; k < d; k++) {
          encoderGradient[i * d + k] += g * input[b * d + k];
          decoderGradient[i * d + k] += f * reverseSums[G + k];
        }
        encoderBiasGradient[i] += g;
        slopes += slope * Math.abs(f);
      }
      const pull = norms[i] > 0 && !constants.unweighted ? omega * slopes / norms[i] : 0;
      for (let k = 0; k < d; k++) decoderGradient[i * d + k] += pull * decoder[i * d + k];
    }
  },
};
