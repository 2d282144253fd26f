import type { Kernel } from "./kernel.ts";

/**
 * Takes one more gradient into the norm of all:
 *
 *     norm ← √(norm² + Σ g²)
 *
 *     g [M], norm [1]  →  norm [1]
 *
 * Why: thresholds that are trained are clipped together with the other parameters.
 */
export const extendNorm: Kernel<
  {
    gradient: "f32";
    norm: "f32";
  },
  "M",
  Record<never, never>
> = {
  id: "extendNorm",
  operands: {
    gradient: { access: "read", dtype: "f32", dims: ["M"] },
    norm: { access: "update", dtype: "f32", dims: [1] },
  },
  reference({ gradient, norm }) {
    norm[0] = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, norm[0] * norm[0]));
  },
};
