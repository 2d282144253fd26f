import { describeLatents } from "./latents.ts";
import { penaltyOptions } from "./penalty.ts";
import { type Plan, rowSlices, rowsOf } from "../launch.ts";
import { featuresOf } from "./tiles.ts";
import type { thresholdGradient as kernel, WindowConstants } from "../../threshold_gradient.ts";

/**
 * Returns what is set for the terms of modules/window.wgsl, and in the modules that it uses. What makes no difference
 * is left as it is, so that fewer shaders are compiled.
 */
export function windowOptions({ penalty, window, rectified, ...rest }: WindowConstants) {
  const OVER_ACTIVATION = penalty === "l0" && window === "activation";
  return { ...penaltyOptions({ penalty, ...rest }), RECTIFIED: rectified, OVER_ACTIVATION };
}

/** One workgroup per latent, slice by slice. */
export const thresholdGradient: Plan<typeof kernel> = (operands, dims, constants, planner) => {
  const { B, d, N } = dims;
  const { latentOffsets, latentRows, latentValues, reverseSums, decoder, threshold } = operands;
  const { epsilon, bandwidth } = constants;
  const latents = describeLatents(planner, operands, dims);
  const features = featuresOf(d);
  const columns = d / features.WIDTH;
  for (const { from, to } of rowSlices(N, 4 * d, planner)) {
    const groups = to - from;
    planner.dispatch({
      shader: "threshold_gradient",
      options: { ...features, ...windowOptions(constants), LOGARITHM: constants.logarithm },
      sizes: { groups, B, firstLatent: from, columns, epsilon, bandwidth, rows: B },
      buffers: {
        latentOffsets,
        latentRows,
        latentValues,
        reverseSums,
        decoder: rowsOf(decoder, from, to, d),
        latents,
        threshold,
        gradient: operands.thresholdGradient,
      },
      groups,
    });
  }
};
