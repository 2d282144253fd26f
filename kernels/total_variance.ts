import type { Kernel } from "./kernel.ts";

/**
 * The variance of a batch:
 *
 *     totalVariance = (1/B) Σ_k Σ_b (x_bk − x̄_k)²        x̄_k = (1/B) Σ_b x_bk
 *
 *     x [B, d]  →  totalVariance [1]
 *
 * The mean is computed in a pass of its own first, for accuracy.
 *
 * Why: the fraction of variance unexplained (FVU) is the squared error divided by it.
 */
export const totalVariance: Kernel<
  { input: "f32"; totalVariance: "f32" },
  "B" | "d",
  Record<never, never>
> = {
  id: "totalVariance",
  operands: {
    input: { access: "read", dtype: "f32", dims: ["B", "d"] },
    totalVariance: { access: "write", dtype: "f32", dims: [1] },
  },
  reference({ input, totalVariance }, { B, d }) {
    let sum = 0;
    for (let k = 0; k < d; k++) {
      let mean = 0;
      for (let b = 0; b < B; b++) mean += input[b * d + k] / B;
      for (let b = 0; b < B; b++) sum += (input[b * d + k] - mean) ** 2;
    }
    totalVariance[0] = sum / B;
  },
};
