import type { Kernel } from "./kernel.ts";

/**
 * The gradients of the encoder and its bias:
 *
 *     ∂E_i = Σ_b ∂pre_bi x_b        ∂b_i = Σ_b ∂pre_bi
 *
 *     ∂pre [B, N], x [B, d]  →  ∂E [N, d], ∂b [N]
 *
 * Here x is the encoder's input, which is centred if the decoder bias is subtracted from it.
 *
 * Why: the product of the dense algorithm that ends at the encoder; the bias's gradient is a column sum
 * of ∂pre, which is being read anyway.
 */
export const encoderGradient: Kernel<
  { preGradient: "f32"; input: "f32"; encoderGradient: "f32"; encoderBiasGradient: "f32" },
  "B" | "d" | "N",
  Record<never, never>
> = {
  id: "encoderGradient",
  operands: {
    preGradient: { access: "read", dtype: "f32", dims: ["B", "N"] },
    input: { access: "read", dtype: "f32", dims: ["B", "d"] },
    encoderGradient: { access: "write", dtype: "f32", dims: ["N", "d"] },
    encoderBiasGradient: { access: "write", dtype: "f32", dims: ["N"] },
  },
  reference({ preGradient, input, encoderGradient, encoderBiasGradient }, { B, d, N }) {
    encoderGradient.fill(0);
    encoderBiasGradient.fill(0);
    for (let b = 0; b < B; b++) {
      for (let i = 0; i < N; i++) {
        const g = preGradient[b * N + i];
        encoderBiasGradient[i] += g;
        for (let k = 0; k < d; k++) encoderGradient[i * d + k] += g * input[b * d + k];
      }
    }
  },
};
