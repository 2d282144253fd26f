import type { Kernel } from "./kernel.ts";

/**
 * The norms of the decoder rows:
 *
 *     n_i = ‖D_i‖₂
 *
 *     D [N, d]  →  n [N]
 *
 * Why: penalties weigh |f_i| by the norm of its decoder row. Three kernels of a step use it.
 */
export const rowNorms: Kernel<
  { decoder: "f32"; norms: "f32" },
  "N" | "d",
  Record<never, never>
> = {
  id: "rowNorms",
  operands: {
    decoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    norms: { access: "write", dtype: "f32", dims: ["N"] },
  },
  reference({ decoder, norms }, { N, d }) {
    for (let i = 0; i < N; i++) {
      let square = 0;
      for (let k = 0; k < d; k++) square += decoder[i * d + k] ** 2;
      norms[i] = Math.sqrt(square);
    }
  },
};
