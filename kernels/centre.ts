import type { Kernel } from "./kernel.ts";

/**
 * The encoder's input when the decoder bias is subtracted from it:
 *
 *     centred_b = x_b − c
 *
 *     x [B, d], c [d]  →  centred [B, d]
 *
 * Why: the residuals need x and the encoder needs x − c, so both are kept.
 */
export const centre: Kernel<
  { input: "f32"; decoderBias: "f32"; centred: "f32" },
  "B" | "d",
  Record<never, never>
> = {
  id: "centre",
  operands: {
    input: { access: "read", dtype: "f32", dims: ["B", "d"] },
    decoderBias: { access: "read", dtype: "f32", dims: ["d"] },
    centred: { access: "write", dtype: "f32", dims: ["B", "d"] },
  },
  reference({ input, decoderBias, centred }, { B, d }) {
    for (let b = 0; b < B; b++) {
      for (let k = 0; k < d; k++) centred[b * d + k] = input[b * d + k] - decoderBias[k];
    }
  },
};
