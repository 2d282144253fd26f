import type { Kernel } from "./kernel.ts";

/**
 * Turns residuals e into G, in place: G_m = scale·Σ_{j ≥ m} w_j e_j.
 *
 * `scale` is 2/(B d) for the "mean" squared error and 2/B for "sum"; the weights include ρ.
 *
 * Why: G_m(i) is all that latent i's gradients need to know of the prefixes that contain it.
 */
export const reverseSums: Kernel<
  { weights: "f32"; residuals: "f32" },
  "P" | "B" | "d",
  { readonly scale: number }
> = {
  id: "reverseSums",
  operands: {
    weights: { access: "read", dtype: "f32", dims: ["P"] },
    residuals: { access: "update", dtype: "f32", dims: ["P", "B", "d"] },
  },
  reference({ weights, residuals }, { P, B, d }, { scale }) {
    for (let i = 0; i < B * d; i++) {
      let sum = 0;
      for (let j = P - 1; j >= 0; j--) {
        sum += scale * weights[j] * residuals[j * B * d + i];
        residuals[j * B * d + i] = sum;
      }
    }
  },
};
