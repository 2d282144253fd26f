import type { Kernel } from "./kernel.ts";

/**
 * Moves the norms of the decoder's rows into the encoder:
 *
 *     Ê_i = n_i E_i        b̂_i = n_i b_i        u_i = D_i / n_i, 0 where n_i = 0
 *
 *     E [N, d], b [N], D [N, d], n [N]  →  Ê [N, d], b̂ [N], u [N, d]
 *
 * Why: a trainer that scales pre-activations by n_i and decodes with unit rows, as SAELens does, is the ordinary step on
 * these.
 */
export const foldDecoderNorms: Kernel<
  {
    encoder: "f32";
    encoderBias: "f32";
    decoder: "f32";
    norms: "f32";
    foldedEncoder: "f32";
    foldedEncoderBias: "f32";
    foldedDecoder: "f32";
  },
  "N" | "d",
  Record<never, never>
> = {
  id: "foldDecoderNorms",
  operands: {
    encoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    encoderBias: { access: "read", dtype: "f32", dims: ["N"] },
    decoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    norms: { access: "read", dtype: "f32", dims: ["N"] },
    foldedEncoder: { access: "write", dtype: "f32", dims: ["N", "d"] },
    foldedEncoderBias: { access: "write", dtype: "f32", dims: ["N"] },
    foldedDecoder: { access: "write", dtype: "f32", dims: ["N", "d"] },
  },
  reference(arrays, { N, d }) {
    const { encoder, encoderBias, decoder, norms } = arrays;
    const { foldedEncoder, foldedEncoderBias, foldedDecoder } = arrays;
    for (let i = 0; i < N; i++) {
      foldedEncoderBias[i] = norms[i] * encoderBias[i];
      for (let k = i * d; k < (i + 1) * d; k++) {
        foldedEncoder[k] = norms[i] * encoder[k];
        foldedDecoder[k] = norms[i] > 0 ? decoder[k] / norms[i] : 0;
      }
    }
  },
};
