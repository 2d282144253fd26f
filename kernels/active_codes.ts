import { jumped } from "./jump.ts";
import type { Kernel } from "./kernel.ts";

/**
 * Keeps the codes above the thresholds, of codes with a margin below them:
 *
 *     the entries with value > max(θ_i, 0), or > θ_i unless `rectified`, and not 0
 *
 *     rowOffsets [B+1], indices [K], values [K], θ [N]  →  activeOffsets [B+1], activeIndices [K], activeValues [K]
 *
 * Why: jumprelu learns θ from the pre-activations on both sides of it, and all else needs the active latents alone.
 */
export const activeCodes: Kernel<
  {
    rowOffsets: "u32";
    indices: "u32";
    values: "f32";
    threshold: "f32";
    activeOffsets: "u32";
    activeIndices: "u32";
    activeValues: "f32";
  },
  "B" | "N" | "K",
  { readonly rectified: boolean }
> = {
  id: "activeCodes",
  operands: {
    rowOffsets: { access: "read", dtype: "u32", dims: ["B+1"] },
    indices: { access: "read", dtype: "u32", dims: ["K"] },
    values: { access: "read", dtype: "f32", dims: ["K"] },
    threshold: { access: "read", dtype: "f32", dims: ["N"] },
    activeOffsets: { access: "write", dtype: "u32", dims: ["B+1"] },
    activeIndices: { access: "write", dtype: "u32", dims: ["K"] },
    activeValues: { access: "write", dtype: "f32", dims: ["K"] },
  },
  reference(arrays, { B }, { rectified }) {
    const { rowOffsets, indices, values, threshold } = arrays;
    const { activeOffsets, activeIndices, activeValues } = arrays;
    let entry = 0;
    for (let b = 0; b < B; b++) {
      activeOffsets[b] = entry;
      for (let e = rowOffsets[b]; e < rowOffsets[b + 1]; e++) {
        const f = jumped(values[e], threshold[indices[e]], rectified);
        if (f === 0) continue;
        activeIndices[entry] = indices[e];
        activeValues[entry++] = f;
      }
    }
    activeOffsets[B] = entry;
  },
};
