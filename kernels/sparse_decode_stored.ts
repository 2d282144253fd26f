import type { Kernel } from "./kernel.ts";
import { sparseDecode } from "./sparse_decode.ts";
import { expandStored, type StoredType } from "./stored_weights.ts";

/**
 * `sparseDecode` with a decoder that is kept in the type of its file: `stored` [N, V] and `scale` [N] as in
 * `quantizeStored`. Its reconstructions are those of the float32 weights that the stored numbers stand for, bit for
 * bit.
 *
 * Why: only the rows of active latents are expanded to float32.
 */
export const sparseDecodeStored: Kernel<
  {
    rowOffsets: "u32";
    indices: "u32";
    values: "f32";
    stored: "u32";
    scale: "f32";
    decoderBias: "f32";
    reconstruction: "f32";
  },
  "B" | "d" | "N" | "K" | "V",
  { readonly prefix: number; readonly type: StoredType }
> = {
  id: "sparseDecodeStored",
  operands: {
    rowOffsets: { access: "read", dtype: "u32", dims: ["B+1"] },
    indices: { access: "read", dtype: "u32", dims: ["K"] },
    values: { access: "read", dtype: "f32", dims: ["K"] },
    stored: { access: "read", dtype: "u32", dims: ["N", "V"] },
    scale: { access: "read", dtype: "f32", dims: ["N"] },
    decoderBias: { access: "read", dtype: "f32", dims: ["d"] },
    reconstruction: { access: "write", dtype: "f32", dims: ["B", "d"] },
  },
  reference({ stored, scale, ...arrays }, dims, { type, prefix }) {
    const decoder = expandStored(type, stored, scale, dims);
    sparseDecode.reference({ ...arrays, decoder }, dims, { prefix });
  },
};
