import type { Kernel } from "./kernel.ts";

/**
 * Reorders rows:
 *
 *     target_i = source_{order_i}
 *
 *     source [N, d], order [N]  →  target [N, d]
 *
 * Why: permuting latents moves the rows of every array that has one per latent: parameters, moments, averages.
 */
export const gatherRows: Kernel<
  { source: "f32"; order: "u32"; target: "f32" },
  "N" | "d",
  Record<never, never>
> = {
  id: "gatherRows",
  operands: {
    source: { access: "read", dtype: "f32", dims: ["N", "d"] },
    order: { access: "read", dtype: "u32", dims: ["N"] },
    target: { access: "write", dtype: "f32", dims: ["N", "d"] },
  },
  reference({ source, order, target }, { N, d }) {
    for (let i = 0; i < N; i++) {
      for (let k = 0; k < d; k++) target[i * d + k] = source[order[i] * d + k];
    }
  },
};
