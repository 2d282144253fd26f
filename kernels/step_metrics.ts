import type { Kernel } from "./kernel.ts";

/**
 * How many numbers precede the metrics per prefix in a row of the ring: loss, λ, variance and norm.
 */
export const METRICS_HEADER = 4;

/** The further terms of the loss that follow the metrics per prefix, in their order. */
export const LOSS_TERMS = ["auxiliary", "multiTopk", "preActivation", "targetL0"] as const;

/**
 * Computes the loss and writes a row of the metrics ring:
 *
 *     L = Σ_j w_j SE_j + λ Σ_j v_j S_j + Σ terms
 *     ring[slot] = [L, λ, totalVariance, norm, SE_j…, S_j…, L0_j…, terms…]
 *
 *     SE [P], S [P], L0 [P], w [P], v [P], λ [1], terms [4], totalVariance [1], norm [1], slot [1]  →  ring [S, C]
 *
 * The weights w_j of the error and v_j of the penalty include the factor of the reduction over prefixes. A row uses the first 8 + 3·P of its
 * C numbers and leaves the others as they are. The caller ensures slot < S and 8 + 3·P ≤ C.
 *
 * Why: metrics leave the device every n steps instead of every step, and none is lost.
 */
export const stepMetrics: Kernel<
  {
    squaredErrors: "f32";
    sparsity: "f32";
    l0: "f32";
    weights: "f32";
    penaltyWeights: "f32";
    coefficient: "f32";
    terms: "f32";
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
    penaltyWeights: { access: "read", dtype: "f32", dims: ["P"] },
    coefficient: { access: "read", dtype: "f32", dims: [1] },
    terms: { access: "read", dtype: "f32", dims: [4] },
    totalVariance: { access: "read", dtype: "f32", dims: [1] },
    norm: { access: "read", dtype: "f32", dims: [1] },
    slot: { access: "read", dtype: "u32", dims: [1] },
    ring: { access: "update", dtype: "f32", dims: ["S", "C"] },
  },
  reference(arrays, { P, C }) {
    const { squaredErrors, sparsity, l0, weights, penaltyWeights, coefficient, terms } = arrays;
    const { totalVariance, norm, slot, ring } = arrays;
    let loss = 0;
    for (let j = 0; j < P; j++) {
      loss += weights[j] * squaredErrors[j] + penaltyWeights[j] * coefficient[0] * sparsity[j];
    }
    for (const term of terms) loss += term;
    const row = [loss, coefficient[0], totalVariance[0], norm[0]];
    ring.set([...row, ...squaredErrors, ...sparsity, ...l0, ...terms], slot[0] * C);
  },
};
