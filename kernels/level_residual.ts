import type { Kernel } from "./kernel.ts";

/**
 * Takes the residual of one prefix back out of the reverse sums:
 *
 *     e_b = (G_level,b − G_level+1,b) / (scale·w_level)        G_P = 0
 *
 *     G [P, B, d], w [P]  →  e [B, d]
 *
 * `scale` is that of the reverse sums. Where w_level is 0, e is 0.
 *
 * Why: the auxiliary loss reconstructs the residual, and the sparse algorithm writes only the reverse sums.
 */
export const levelResidual: Kernel<
  {
    reverseSums: "f32";
    weights: "f32";
    residual: "f32";
  },
  "P" | "B" | "d",
  { readonly level: number; readonly scale: number }
> = {
  id: "levelResidual",
  operands: {
    reverseSums: { access: "read", dtype: "f32", dims: ["P", "B", "d"] },
    weights: { access: "read", dtype: "f32", dims: ["P"] },
    residual: { access: "write", dtype: "f32", dims: ["B", "d"] },
  },
  reference({ reverseSums, weights, residual }, { P, B, d }, { level, scale }) {
    const size = B * d;
    const factor = scale * weights[level];
    for (let n = 0; n < size; n++) {
      const later = level + 1 < P ? reverseSums[(level + 1) * size + n] : 0;
      residual[n] = factor === 0 ? 0 : (reverseSums[level * size + n] - later) / factor;
    }
  },
};
