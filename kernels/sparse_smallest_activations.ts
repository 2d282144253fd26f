import type { Kernel } from "./kernel.ts";

/**
 * The smallest positive activation of each row, from its codes; 0 where there is none:
 *
 *     minima_b = min {f_bi : f_bi > 0}
 *
 *     rowOffsets [B+1], values [K]  →  minima [B]
 *
 * Why: the sparse twin of `smallestActivations`.
 */
export const sparseSmallestActivations: Kernel<
  {
    rowOffsets: "u32";
    values: "f32";
    minima: "f32";
  },
  "B" | "K",
  Record<never, never>
> = {
  id: "sparseSmallestActivations",
  operands: {
    rowOffsets: { access: "read", dtype: "u32", dims: ["B+1"] },
    values: { access: "read", dtype: "f32", dims: ["K"] },
    minima: { access: "write", dtype: "f32", dims: ["B"] },
  },
  reference({ rowOffsets, values, minima }, { B }) {
    for (let b = 0; b < B; b++) {
      let least = Infinity;
      for (let e = rowOffsets[b]; e < rowOffsets[b + 1]; e++) {
        if (values[e] > 0) least = Math.min(least, values[e]);
      }
      minima[b] = least === Infinity ? 0 : least;
    }
  },
};
