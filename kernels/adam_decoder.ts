import { adam, type AdamConstants } from "./adam.ts";
import type { Kernel } from "./kernel.ts";
import { rowNorms } from "./row_norms.ts";

/**
 * `adam` on the decoder, and the norms of its new rows as `rowNorms` computes them:
 *
 *     D, g, m, v [N, d], norm [1], controls [3]  →  D, m, v [N, d], n [N]
 *
 * If the norm of the gradient is not finite, the parameters stay; n is computed all the same.
 *
 * Why: the next step weighs penalties by the norms, and Adam has each row in the cache.
 */
export const adamDecoder: Kernel<
  {
    parameter: "f32";
    gradient: "f32";
    firstMoment: "f32";
    secondMoment: "f32";
    norm: "f32";
    controls: "f32";
    norms: "f32";
  },
  "N" | "d",
  AdamConstants
> = {
  id: "adamDecoder",
  operands: {
    parameter: { access: "update", dtype: "f32", dims: ["N", "d"] },
    gradient: { access: "read", dtype: "f32", dims: ["N", "d"] },
    firstMoment: { access: "update", dtype: "f32", dims: ["N", "d"] },
    secondMoment: { access: "update", dtype: "f32", dims: ["N", "d"] },
    norm: { access: "read", dtype: "f32", dims: [1] },
    controls: { access: "read", dtype: "f32", dims: [3] },
    norms: { access: "write", dtype: "f32", dims: ["N"] },
  },
  reference(arrays, { N, d }, constants) {
    adam.reference(arrays, { M: N * d }, constants);
    rowNorms.reference({ decoder: arrays.parameter, norms: arrays.norms }, { N, d }, {});
  },
};
