import type { Kernel } from "./kernel.ts";

/**
 * How many numbers precede the metrics per prefix in a row of the ring: loss, λ, variance and norm.
 */
export const METRICS_HEADER = 4;

/**
 * Computes the loss and writes a row of the metrics ring:
 *
 *     L = Σ_j w_j (SE_j + λ S_j)        ring[slot] = [L, λ, totalVariance, norm, SE_j…, S_j…, L0_j…]
 *
 *     SE [P], S [P], L0 [P], w [P], λ [1], totalVariance [1], norm [1], slot [1]  →  ring [S, C]
 *
 * The weights w_j include the factor of the reduction over prefixes. A row uses the first 4 + 3·P of its
 * C numbers and leaves the others as they are. The caller ensures slot < S and 4 + 3·P ≤ C.
 *
 * Why: metrics leave the device every n steps instead of every step, and none is lost.
 */
export const stepMetrics: Kernel<
  {
    squaredErrors: "f32";
    sparsity: "f32";
    l0: "f32";
    weights: "f32";
    coefficient: "f32";
    totalVariance: "f32";
    norm: "f32";
    slot: "u32";
    ring: "f32";
  },
  "P" | "S" | "C",
  Record<never, never>
> = {
  id: "stepMetrics",
  operands: {
    squaredErrors: { access: "read", dtype: "f32", dims: ["P"] },
    sparsity: { access: "read", dtype: "f32", dims: ["P"] },
    l0: { access: "read", dtype: "f32", dims: ["P"] },
    weights: { access: "read", dtype: "f32", dims: ["P"] },
    coefficient: { access: "read", dtype: "f32", dims: [1] },
    totalVariance: { access: "read", dtype: "f32", dims: [1] },
    norm: { access: "read", dtype: "f32", dims: [1] },
    slot: { access: "read", dtype: "u32", dims: [1] },
    ring: { access: "update", dtype: "f32", dims: ["S", "C"] },
  },
  reference(arrays, { P, C }) {
    const { squaredErrors, sparsity, l0, weights, coefficient, totalVariance, norm, slot, ring } =
      arrays;
    let loss = 0;
    for (let j = 0; j < P; j++) {
      loss += weights[j] * (squaredErrors[j] + coefficient[0] * sparsity[j]);
    }
    const row = [loss, coefficient[0], totalVariance[0], norm[0]];
    ring.set([...row, ...squaredErrors, ...sparsity, ...l0], slot[0] * C);
  },
};
