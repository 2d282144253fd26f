import type { Kernel } from "./kernel.ts";

/**
 * Scales a batch towards a mean norm of √d, by a running mean r of ‖raw_b‖:
 *
 *     r ← decay·r + (1 − decay)·(1/B) Σ_b ‖raw_b‖        scale = √d·correction / r        x = scale·raw
 *
 *     raw [B, d], correction [1], running [1]  →  running [1], scale [1], x [B, d]
 *
 * `correction` is 1 − decay^t at step t, or always 1 as in the author's code. The scale is 1 if r = 0.
 *
 * Why: the scale depends on the data, so a step that reads nothing back must compute it on the device.
 */
export const scaleInput: Kernel<
  { raw: "f32"; correction: "f32"; running: "f32"; scale: "f32"; input: "f32" },
  "B" | "d",
  { readonly decay: number }
> = {
  id: "scaleInput",
  operands: {
    raw: { access: "read", dtype: "f32", dims: ["B", "d"] },
    correction: { access: "read", dtype: "f32", dims: [1] },
    running: { access: "update", dtype: "f32", dims: [1] },
    scale: { access: "write", dtype: "f32", dims: [1] },
    input: { access: "write", dtype: "f32", dims: ["B", "d"] },
  },
  reference({ raw, correction, running, scale, input }, { B, d }, { decay }) {
    let meanNorm = 0;
    for (let b = 0; b < B; b++) {
      let square = 0;
      for (let k = 0; k < d; k++) square += raw[b * d + k] ** 2;
      meanNorm += Math.sqrt(square) / B;
    }
    running[0] = decay * running[0] + (1 - decay) * meanNorm;
    scale[0] = running[0] > 0 ? Math.sqrt(d) * correction[0] / running[0] : 1;
    for (let i = 0; i < B * d; i++) input[i] = scale[0] * raw[i];
  },
};
