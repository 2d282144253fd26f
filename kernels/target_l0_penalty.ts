import type { Kernel } from "./kernel.ts";

/** The constants of {@linkcode targetL0Penalty}. */
export interface TargetConstants {
  readonly targetL0: number;
  /** B. */
  readonly rows: number;
  readonly silentBelowZero: boolean;
}

/**
 * A penalty on the distance of L0 from a target, and its slope as the coefficient of the l0 penalty:
 *
 *     l0 = (1/rows) Σ_i counts_i        terms_3 = s (l0/l* − 1)²        λ = 2 s (l0/l* − 1) / l*
 *
 *     counts [N], θ [N], s [1], terms [4]  →  λ [1], terms [4]
 *
 * `silentBelowZero` counts every row of a latent whose θ is negative, for a compatibility switch.
 *
 * Why: L0 depends on the batch, and the gradient of the thresholds needs λ (dictionary_learning's JumpReLU).
 */
export const targetL0Penalty: Kernel<
  {
    counts: "u32";
    threshold: "f32";
    strength: "f32";
    coefficient: "f32";
    terms: "f32";
  },
  "N",
  TargetConstants
> = {
  id: "targetL0Penalty",
  operands: {
    counts: { access: "read", dtype: "u32", dims: ["N"] },
    threshold: { access: "read", dtype: "f32", dims: ["N"] },
    strength: { access: "read", dtype: "f32", dims: [1] },
    coefficient: { access: "write", dtype: "f32", dims: [1] },
    terms: { access: "update", dtype: "f32", dims: [4] },
  },
  reference(arrays, { N }, { targetL0, rows, silentBelowZero }) {
    const { counts, threshold, strength, coefficient, terms } = arrays;
    let sum = 0;
    for (let i = 0; i < N; i++) sum += silentBelowZero && threshold[i] < 0 ? rows : counts[i];
    const excess = sum / rows / targetL0 - 1;
    coefficient[0] = 2 * strength[0] * excess / targetL0;
    terms[3] = strength[0] * excess * excess;
  },
};
