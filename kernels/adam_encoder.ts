import { adam, type AdamConstants } from "./adam.ts";
import type { Kernel } from "./kernel.ts";
import { quantizeLatent } from "./quantize_latents.ts";

/**
 * `adam` on the encoder, whose new rows are quantised as `quantizeLatents` does:
 *
 *     E, g, m, v [N, d], norm [1], controls [3]  →  E, m, v [N, d], quantized [N, W], bounds [N, 4]
 *
 * If the norm is not finite, the parameters stay, and are quantised all the same.
 *
 * Why: the next step screens with the quantised rows, and Adam has each row in the cache.
 */
export const adamEncoder: Kernel<
  {
    parameter: "f32";
    gradient: "f32";
    firstMoment: "f32";
    secondMoment: "f32";
    norm: "f32";
    controls: "f32";
    quantized: "u32";
    bounds: "f32";
  },
  "N" | "d" | "W",
  AdamConstants
> = {
  id: "adamEncoder",
  operands: {
    parameter: { access: "update", dtype: "f32", dims: ["N", "d"] },
    gradient: { access: "read", dtype: "f32", dims: ["N", "d"] },
    firstMoment: { access: "update", dtype: "f32", dims: ["N", "d"] },
    secondMoment: { access: "update", dtype: "f32", dims: ["N", "d"] },
    norm: { access: "read", dtype: "f32", dims: [1] },
    controls: { access: "read", dtype: "f32", dims: [3] },
    quantized: { access: "write", dtype: "u32", dims: ["N", "W"] },
    bounds: { access: "write", dtype: "f32", dims: ["N", 4] },
  },
  reference(arrays, { N, d, W }, constants) {
    adam.reference(arrays, { M: N * d }, constants);
    for (let i = 0; i < N; i++) {
      quantizeLatent(arrays.parameter, { i, d, W }, arrays.quantized, arrays.bounds);
    }
  },
};
