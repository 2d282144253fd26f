import { type Plan, rowSlices, rowsOf } from "../launch.ts";
import type { unfoldGradients as kernel } from "../../unfold_gradients.ts";

/** One workgroup per latent, slice by slice. */
export const unfoldGradients: Plan<typeof kernel> = (operands, { N, d }, _, planner) => {
  const { encoder, decoder, encoderGradient, decoderGradient, ...perLatent } = operands;
  for (const { from, to } of rowSlices(N, 4 * d, planner)) {
    planner.dispatch({
      shader: "unfold_gradients",
      sizes: { rows: to - from, d, first: from },
      buffers: {
        ...perLatent,
        encoder: rowsOf(encoder, from, to, d),
        decoder: rowsOf(decoder, from, to, d),
        encoderGradient: rowsOf(encoderGradient, from, to, d),
        decoderGradient: rowsOf(decoderGradient, from, to, d),
      },
      groups: to - from,
    });
  }
};
