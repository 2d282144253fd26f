import type { Kernel } from "./kernel.ts";

/**
 * The part of the decoder bias's gradient that comes through the encoder's input:
 *
 *     ∂c ← ∂c − Σ_i ∂b_i E_i
 *
 *     ∂b [N], E [N, d], ∂c [d]  →  ∂c [d]
 *
 * Why: with pre = (x − c) Eᵀ + b, ∂b already holds the sum over the batch, so this term costs only one
 * pass over E.
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
