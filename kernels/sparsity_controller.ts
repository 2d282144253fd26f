import type { Kernel } from "./kernel.ts";

/**
 * Steers the penalty coefficient λ towards a target L0:
 *
 *     λ₀ ← λ₀ (1 − rate) if the L0 of the last prefix is below the target, else λ₀ (1 + rate)
 *     λ = λ₀·warmup
 *
 *     l0 [P], controls [2], λ₀ [1]  →  λ₀ [1], λ [1]
 *
 * `controls` holds [rate, warmup], which change from step to step: warmup rises from 0 to 1, and rate is
 * 0 until then.
 *
 * Why: λ depends on this step's activations and this step's gradients need it, so it cannot wait for the host.
 */
export const sparsityController: Kernel<
  { l0: "f32"; controls: "f32"; baseCoefficient: "f32"; coefficient: "f32" },
  "P",
  { readonly targetL0: number }
> = {
  id: "sparsityController",
  operands: {
    l0: { access: "read", dtype: "f32", dims: ["P"] },
    controls: { access: "read", dtype: "f32", dims: [2] },
    baseCoefficient: { access: "update", dtype: "f32", dims: [1] },
    coefficient: { access: "write", dtype: "f32", dims: [1] },
  },
  reference({ l0, controls, baseCoefficient, coefficient }, { P }, { targetL0 }) {
    const [rate, warmup] = controls;
    baseCoefficient[0] *= l0[P - 1] < targetL0 ? 1 - rate : 1 + rate;
    coefficient[0] = baseCoefficient[0] * warmup;
  },
};
