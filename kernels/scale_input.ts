import type { Kernel } from "./kernel.ts";

/**
 * Scales a batch to a mean norm of √d, by a running mean r of ‖x‖.
 *
 *     r ← decay·r + (1 − decay)·mean_b ‖raw_b‖        scale = √d·correction / r        input = scale·raw
 *
 * `correction` is 1 − decay^t after t steps, or 1 as in the author's code. r = 0 gives scale 1.
 *
 * Why: the scale depends on the data, so on a device it has to be found there, not on the host.
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
