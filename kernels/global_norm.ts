import type { Kernel } from "./kernel.ts";

/**
 * norm = √(Σ of the squares of all gradients)
 *
 * Infinity is right where a square exceeds float32's range, and NaN or infinite gradients give a norm
 * that is not finite.
 *
 * Why: clipping needs the norm over all four parameters before any of them is updated; a norm that
 * is not finite also tells `adam` to leave the parameters alone.
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
