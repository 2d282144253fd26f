import type { Kernel } from "./kernel.ts";

/**
 * ∂E_i = Σ_b ∂pre_bi x_b        ∂b_i = Σ_b ∂pre_bi
 *
 * Why: the product of the dense path that ends at the encoder; the bias is a column sum of the
 * operand that is being read anyway. `input` is what the encoder saw: centred, if it was.
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
