import type { foldDecoderNorms as kernel } from "../../fold_decoder_norms.ts";
import { type Plan, rowSlices, rowsOf } from "../launch.ts";

/** One workgroup per latent, slice by slice. */
export const foldDecoderNorms: Plan<typeof kernel> = (operands, { N, d }, _, planner) => {
  const { encoder, decoder, foldedEncoder, foldedDecoder, ...perLatent } = operands;
  for (const { from, to } of rowSlices(N, 4 * d, planner)) {
    planner.dispatch({
      shader: "fold_decoder_norms",
      sizes: { rows: to - from, d, first: from },
      buffers: {
        ...perLatent,
        encoder: rowsOf(encoder, from, to, d),
        decoder: rowsOf(decoder, from, to, d),
        foldedEncoder: rowsOf(foldedEncoder, from, to, d),
        foldedDecoder: rowsOf(foldedDecoder, from, to, d),
      },
      groups: to - from,
    });
  }
};
