import type { Kernel } from "./kernel.ts";

/**
 * The norm of all gradients together:
 *
 *     norm = √(Σ ∂E² + Σ ∂b² + Σ ∂D² + Σ ∂c²)
 *
 *     ∂E [N, d], ∂b [N], ∂D [N, d], ∂c [d]  →  norm [1]
 *
 * A gradient that is NaN or infinite makes the norm not finite. A backend may also return infinity where
 * a square overflows float32.
 *
 * Why: clipping needs the norm over all four parameters before any of them is updated, and a norm that
 * is not finite tells `adam` to leave the parameters alone.
 */
export const globalNorm: Kernel<
  {
    encoderGradient: "f32";
    encoderBiasGradient: "f32";
    decoderGradient: "f32";
    decoderBiasGradient: "f32";
    norm: "f32";
  },
  "N" | "d",
  Record<never, never>
> = {
  id: "globalNorm",
  operands: {
    encoderGradient: { access: "read", dtype: "f32", dims: ["N", "d"] },
    encoderBiasGradient: { access: "read", dtype: "f32", dims: ["N"] },
    decoderGradient: { access: "read", dtype: "f32", dims: ["N", "d"] },
    decoderBiasGradient: { access: "read", dtype: "f32", dims: ["d"] },
    norm: { access: "write", dtype: "f32", dims: [1] },
  },
  reference({ norm, ...gradients }) {
    let square = 0;
    for (const gradient of Object.values(gradients)) {
      for (let i = 0; i < gradient.length; i++) square += gradient[i] ** 2;
    }
    norm[0] = Math.sqrt(square);
  },
};
