import type { Kernel } from "./kernel.ts";

/**
 * Adds a multiple of one tensor to another, in place:
 *
 *     target ← target + factor·source
 *
 *     source [M], factor [1], target [M]  →  target [M]
 *
 * Why: gradients of several losses meet in one tensor.
 */
export const addScaled: Kernel<
  {
    source: "f32";
    factor: "f32";
    target: "f32";
  },
  "M",
  Record<never, never>
> = {
  id: "addScaled",
  operands: {
    source: { access: "read", dtype: "f32", dims: ["M"] },
    factor: { access: "read", dtype: "f32", dims: [1] },
    target: { access: "update", dtype: "f32", dims: ["M"] },
  },
  reference({ source, factor, target }, { M }) {
    for (let n = 0; n < M; n++) target[n] += factor[0] * source[n];
  },
};
