import type { Kernel } from "./kernel.ts";

/**
 * Weights of prefixes for an error that is a share of the batch's variance:
 *
 *     scaled_j = w_j / V, 0 where V = 0
 *
 *     w [P], V [1]  →  scaled [P]
 *
 * Why: sparsify divides the error by the variance of the batch, which the device knows.
 */
export const divideByVariance: Kernel<
  {
    weights: "f32";
    totalVariance: "f32";
    scaled: "f32";
  },
  "P",
  Record<never, never>
> = {
  id: "divideByVariance",
  operands: {
    weights: { access: "read", dtype: "f32", dims: ["P"] },
    totalVariance: { access: "read", dtype: "f32", dims: [1] },
    scaled: { access: "write", dtype: "f32", dims: ["P"] },
  },
  reference({ weights, totalVariance: [variance], scaled }, { P }) {
    for (let j = 0; j < P; j++) scaled[j] = variance > 0 ? weights[j] / variance : 0;
  },
};
