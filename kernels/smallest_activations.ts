import type { Kernel } from "./kernel.ts";

/**
 * The smallest positive activation of each row, 0 where there is none:
 *
 *     minima_b = min {f_bi : f_bi > 0}
 *
 *     f [B, N]  →  minima [B]
 *
 * Why: the threshold that stands in for a selection at inference follows the smallest activations that are kept.
 */
export const smallestActivations: Kernel<
  {
    activations: "f32";
    minima: "f32";
  },
  "B" | "N",
  Record<never, never>
> = {
  id: "smallestActivations",
  operands: {
    activations: { access: "read", dtype: "f32", dims: ["B", "N"] },
    minima: { access: "write", dtype: "f32", dims: ["B"] },
  },
  reference({ activations, minima }, { B, N }) {
    for (let b = 0; b < B; b++) {
      let least = Infinity;
      for (let i = 0; i < N; i++) {
        const f = activations[b * N + i];
        if (f > 0) least = Math.min(least, f);
      }
      minima[b] = least === Infinity ? 0 : least;
    }
  },
};
