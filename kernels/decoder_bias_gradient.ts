import type { Kernel } from "./kernel.ts";

/**
 * The gradient of the decoder bias:
 *
 *     ∂c = Σ_b G_0,b
 *
 *     G [P, B, d]  →  ∂c [d]
 *
 * Why: every prefix contains c, so its gradient is the reverse sum over all prefixes.
 */
export const decoderBiasGradient: Kernel<
  { reverseSums: "f32"; decoderBiasGradient: "f32" },
  "P" | "B" | "d",
  Record<never, never>
> = {
  id: "decoderBiasGradient",
  operands: {
    reverseSums: { access: "read", dtype: "f32", dims: ["P", "B", "d"] },
    decoderBiasGradient: { access: "write", dtype: "f32", dims: ["d"] },
  },
  reference({ reverseSums, decoderBiasGradient }, { B, d }) {
    decoderBiasGradient.fill(0);
    for (let b = 0; b < B; b++) {
      for (let k = 0; k < d; k++) decoderBiasGradient[k] += reverseSums[b * d + k];
    }
  },
};
