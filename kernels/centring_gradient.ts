import type { Kernel } from "./kernel.ts";

/**
 * ∂c ← ∂c − Σ_i ∂b_i E_i
 *
 * Why: with c subtracted from the encoder's input, pre = (x − c) Eᵀ + b, and ∂b already holds the
 * sum over the batch, so the extra term costs one pass over E.
 */
export const centringGradient: Kernel<
  { encoderBiasGradient: "f32"; encoder: "f32"; decoderBiasGradient: "f32" },
  "N" | "d",
  Record<never, never>
> = {
  id: "centringGradient",
  operands: {
    encoderBiasGradient: { access: "read", dtype: "f32", dims: ["N"] },
    encoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    decoderBiasGradient: { access: "update", dtype: "f32", dims: ["d"] },
  },
  reference({ encoderBiasGradient, encoder, decoderBiasGradient }, { N, d }) {
    for (let i = 0; i < N; i++) {
      for (let k = 0; k < d; k++) {
        decoderBiasGradient[k] -= encoderBiasGradient[i] * encoder[i * d + k];
      }
    }
  },
};
