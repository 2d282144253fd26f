import type { Kernel } from "./kernel.ts";

/**
 * centred_b = input_b − c: what the encoder sees when the decoder bias is subtracted from its input.
 *
 * Why: the residuals need x and the encoder x − c, so both are kept.
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
