import type { Kernel } from "./kernel.ts";

/**
 * The row pass of the sparse algorithm: gathers the decoder rows of a row's active latents, takes the
 * residual at each bound, and writes only the reverse sums.
 *
 *     e_j = c + Σ_{active i < p_j} f_i D_i − x      squaredErrors_j = errorScale·Σ_b Σ_k e_jbk²
 *     G_m = gradientScale·Σ_{j ≥ m} w_j e_j
 *
 *     rowOffsets [B+1], indices [K], values [K], D [N, d], c [d], x [B, d], p [P], w [P]
 *     →  G [P, B, d], squaredErrors [P]
 *
 * The sparse twin of `prefixResiduals` and `reverseSums`.
 *
 * Why: d operations per active latent instead of B·N·d in all, and the P residuals of a row stay in
 * cache or registers.
 */
export const sparseReverseSums: Kernel<
  {
    rowOffsets: "u32";
    indices: "u32";
    values: "f32";
    decoder: "f32";
    decoderBias: "f32";
    input: "f32";
    bounds: "u32";
    weights: "f32";
    reverseSums: "f32";
    squaredErrors: "f32";
  },
  "B" | "d" | "N" | "P" | "K",
  { readonly errorScale: number; readonly gradientScale: number }
> = {
  id: "sparseReverseSums",
  operands: {
    rowOffsets: { access: "read", dtype: "u32", dims: ["B+1"] },
    indices: { access: "read", dtype: "u32", dims: ["K"] },
    values: { access: "read", dtype: "f32", dims: ["K"] },
    decoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    decoderBias: { access: "read", dtype: "f32", dims: ["d"] },
    input: { access: "read", dtype: "f32", dims: ["B", "d"] },
    bounds: { access: "read", dtype: "u32", dims: ["P"] },
    weights: { access: "read", dtype: "f32", dims: ["P"] },
    reverseSums: { access: "write", dtype: "f32", dims: ["P", "B", "d"] },
    squaredErrors: { access: "write", dtype: "f32", dims: ["P"] },
  },
  reference(
    {
      rowOffsets,
      indices,
      values,
      decoder,
      decoderBias,
      input,
      bounds,
      weights,
      reverseSums,
      squaredErrors,
    },
    { B, d, P },
    { errorScale, gradientScale },
  ) {
    squaredErrors.fill(0);
    const residual = new Float64Array(d);
    for (let b = 0; b < B; b++) {
      for (let k = 0; k < d; k++) residual[k] = decoderBias[k] - input[b * d + k];
      for (let j = 0, e = rowOffsets[b]; j < P; j++) {
        for (; e < rowOffsets[b + 1] && indices[e] < bounds[j]; e++) {
          for (let k = 0; k < d; k++) residual[k] += values[e] * decoder[indices[e] * d + k];
        }
        for (let k = 0; k < d; k++) {
          squaredErrors[j] += errorScale * residual[k] ** 2;
          reverseSums[(j * B + b) * d + k] = gradientScale * weights[j] * residual[k];
        }
      }
      for (let j = P - 2; j >= 0; j--) {
        for (let k = 0; k < d; k++) {
          reverseSums[(j * B + b) * d + k] += reverseSums[((j + 1) * B + b) * d + k];
        }
      }
    }
  },
};
