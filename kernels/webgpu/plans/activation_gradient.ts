import type { activationGradient as kernel } from "../../activation_gradient.ts";
import { describeLatents } from "./latents.ts";
import { latentSlices, partsOf, type Plan, rowsOf } from "../launch.ts";
import { penaltyOptions } from "./penalty.ts";
import { depthOf, featuresOf, fills, tilesOf, writtenLatentsOf } from "./tiles.ts";

/** A tiled product for each part of the batch and each slice of the latents. */
export const activationGradient: Plan<typeof kernel> = (operands, dims, constants, planner) => {
  const { B, d, N } = dims;
  const { reverseSums, activations, decoder, preGradient } = operands;
  const latents = describeLatents(planner, operands, dims);
  const gradients = partsOf(preGradient, B, N, planner);
  const parts = partsOf(activations, B, N, planner);
  const slices = [...latentSlices(N, d, 2 * parts[0].to * d, planner)];
  for (const [n, part] of parts.entries()) {
    for (const { from, to } of slices) {
      const rows = part.to - part.from;
      const tiling = tilesOf(rows, to - from, planner);
      const { options, groups } = tiling;
      planner.dispatch({
        shader: "activation_gradient",
        options: {
          ...options,
          ...depthOf(planner, options.SIDE),
          WHOLE: d % 16 === 0,
          ...featuresOf(d),
          ...writtenLatentsOf(N),
          FULL: fills(rows, to - from, tiling),
          ...penaltyOptions(constants),
          IDENTITY: constants.identity,
        },
        sizes: {
          B,
          rows,
          firstRow: part.from,
          d,
          latents: to - from,
          firstLatent: from,
          N,
          epsilon: constants.epsilon,
        },
        buffers: {
          reverseSums,
          decoder: rowsOf(decoder, from, to, d),
          latents,
          activations: part.values,
          preGradient: gradients[n].values,
        },
        groups,
      });
    }
  }
};
