import type { Kernel } from "./kernel.ts";

/**
 * Turns the gradients at the folded parameters of `foldDecoderNorms` into those at the parameters, in place:
 *
 *     ∂D_i = (∂u_i − ⟨∂u_i, u_i⟩ u_i) / n_i + (⟨∂Ê_i, E_i⟩ + ∂b̂_i b_i) u_i        u_i = D_i / n_i
 *     ∂E_i = n_i ∂Ê_i        ∂b_i = n_i ∂b̂_i
 *
 *     E [N, d], b [N], D [N, d], n [N], ∂Ê [N, d], ∂b̂ [N], ∂u [N, d]  →  ∂E [N, d], ∂b [N], ∂D [N, d]
 *
 * Where n_i is 0, all three are 0.
 *
 * Why: the chain rule through the norms, once per latent and not once per activation.
 */
export const unfoldGradients: Kernel<
  {
    encoder: "f32";
    encoderBias: "f32";
    decoder: "f32";
    norms: "f32";
    encoderGradient: "f32";
    encoderBiasGradient: "f32";
    decoderGradient: "f32";
  },
  "N" | "d",
  Record<never, never>
> = {
  id: "unfoldGradients",
  operands: {
    encoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    encoderBias: { access: "read", dtype: "f32", dims: ["N"] },
    decoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    norms: { access: "read", dtype: "f32", dims: ["N"] },
    encoderGradient: { access: "update", dtype: "f32", dims: ["N", "d"] },
    encoderBiasGradient: { access: "update", dtype: "f32", dims: ["N"] },
    decoderGradient: { access: "update", dtype: "f32", dims: ["N", "d"] },
  },
  reference(arrays, { N, d }) {
    const { encoder, encoderBias, decoder, norms } = arrays;
    const { encoderGradient, encoderBiasGradient, decoderGradient } = arrays;
    for (let i = 0; i < N; i++) {
      const n = norms[i];
      let parallel = 0;
      let through = encoderBiasGradient[i] * encoderBias[i];
      for (let k = i * d; k < (i + 1) * d; k++) {
        if (n > 0) parallel += decoderGradient[k] * decoder[k] / n;
        through += encoderGradient[k] * encoder[k];
      }
      encoderBiasGradient[i] *= n;
      for (let k = i * d; k < (i + 1) * d; k++) {
        const u = n > 0 ? decoder[k] / n : 0;
        decoderGradient[k] = n > 0 ? (decoderGradient[k] - parallel * u) / n + through * u : 0;
        encoderGradient[k] *= n;
      }
    }
  },
};
