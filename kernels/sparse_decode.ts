import type { Kernel } from "./kernel.ts";

/**
 * Reconstructs from sparse codes, with the latents of one prefix:
 *
 *     x̂_b = c + Σ_{active i < prefix} f_bi D_i
 *
 *     rowOffsets [B+1], indices [K], values [K], D [N, d], c [d]  →  x̂ [B, d]
 *
 * Why: inference decodes stored codes at any prefix.
 */
export const sparseDecode: Kernel<
  {
    rowOffsets: "u32";
    indices: "u32";
    values: "f32";
    decoder: "f32";
    decoderBias: "f32";
    reconstruction: "f32";
  },
  "B" | "d" | "N" | "K",
  { readonly prefix: number }
> = {
  id: "sparseDecode",
  operands: {
    rowOffsets: { access: "read", dtype: "u32", dims: ["B+1"] },
    indices: { access: "read", dtype: "u32", dims: ["K"] },
    values: { access: "read", dtype: "f32", dims: ["K"] },
    decoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    decoderBias: { access: "read", dtype: "f32", dims: ["d"] },
    reconstruction: { access: "write", dtype: "f32", dims: ["B", "d"] },
  },
  reference(
    { rowOffsets, indices, values, decoder, decoderBias, reconstruction },
    { B, d },
    { prefix },
  ) {
    for (let b = 0; b < B; b++) {
      for (let k = 0; k < d; k++) reconstruction[b * d + k] = decoderBias[k];
      for (let e = rowOffsets[b]; e < rowOffsets[b + 1]; e++) {
        if (indices[e] >= prefix) continue;
        for (let k = 0; k < d; k++) {
          reconstruction[b * d + k] += values[e] * decoder[indices[e] * d + k];
        }
      }
    }
  },
};
