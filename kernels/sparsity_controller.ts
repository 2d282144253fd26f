import type { Kernel } from "./kernel.ts";

/**
 * Steers the penalty's coefficient λ towards a target L0:
 *
 *     λ₀ ← λ₀ (1 − rate) where mean L0 < target, else λ₀ (1 + rate)        λ = λ₀·warmup
 *
 * `rate` is 0 while the coefficient warms up; `warmup` rises from 0 to 1. Both change from step to
 * step and are in `controls` [rate, warmup].
 *
 * Why: λ depends on this step's activations and is needed by this step's gradients, so it cannot
 * wait for the host.
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
