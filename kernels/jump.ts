import type { Kernel } from "./kernel.ts";

/** Returns the activation of one pre-activation. */
export function jumped(pre: number, threshold: number, rectified: boolean): number {
  return pre > (rectified ? Math.max(threshold, 0) : threshold) ? pre : 0;
}

/**
 * Jumprelu of pre-activations that are kept:
 *
 *     f_bi = pre_bi if pre_bi > max(θ_i, 0), or > θ_i unless `rectified`, else 0
 *
 *     pre [B, N], θ [N]  →  f [B, N]
 *
 * Why: jumprelu learns θ from the pre-activations on both sides of it, which `encode` would not keep.
 */
export const jump: Kernel<
  {
    preActivations: "f32";
    threshold: "f32";
    activations: "f32";
  },
  "B" | "N",
  { readonly rectified: boolean }
> = {
  id: "jump",
  operands: {
    preActivations: { access: "read", dtype: "f32", dims: ["B", "N"] },
    threshold: { access: "read", dtype: "f32", dims: ["N"] },
    activations: { access: "write", dtype: "f32", dims: ["B", "N"] },
  },
  reference({ preActivations, threshold, activations }, { B, N }, { rectified }) {
    for (let n = 0; n < B * N; n++) {
      activations[n] = jumped(preActivations[n], threshold[n % N], rectified);
    }
  },
};
