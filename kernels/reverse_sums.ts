import type { Kernel } from "./kernel.ts";

/**
 * Turns the residuals e into G, in place:
 *
 *     G_m = scale·Σ_{j ≥ m} w_j e_j
 *
 *     w [P], e [P, B, d]  →  G [P, B, d]
 *
 * `scale` is 2/(B d) if the squared error is a "mean" over the inputs and 2/B if it is a "sum". The
 * weights w_j include the factor of the reduction over prefixes.
 *
 * Why: G_m(i) is all that the gradients of latent i need to know about the prefixes that contain it.
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
