import type { denseThresholdGradient as kernel } from "../../dense_threshold_gradient.ts";
import { describeLatents } from "./latents.ts";
import { groupsOf, partsOf, type Plan, rowSlices, rowsOf } from "../launch.ts";
import { windowOptions } from "./threshold_gradient.ts";
import { featuresOf } from "./tiles.ts";

/** Rows of a chunk for a small batch: a multiple of the 32 that a workgroup marks at a time. */
const CHUNK = 256;
/** About how many chunks there are at most, so that the memory for their sums does not grow with the batch. */
const MOST_CHUNKS = 32;

/** The sums of each chunk of rows, slice by slice of the latents; then the gradients from these. */
export const denseThresholdGradient: Plan<typeof kernel> = (operands, dims, constants, planner) => {
  const { B, d, N } = dims;
  const { preActivations, reverseSums, decoder, threshold } = operands;
  const { epsilon, bandwidth } = constants;
  const latents = describeLatents(planner, operands, dims);
  const options = windowOptions(constants);
  const features = featuresOf(d);
  const columns = d / features.WIDTH;
  const chunk = CHUNK * Math.ceil(B / (MOST_CHUNKS * CHUNK));
  const parts = partsOf(preActivations, B, N, planner);
  const chunks = parts.reduce((sum, { from, to }) => sum + groupsOf(to - from, chunk), 0);
  const partials = planner.scratch(2 * chunks * N);
  let firstChunk = 0;
  for (const { from: firstRow, to: end, values } of parts) {
    const rows = end - firstRow;
    const ofRows = { B, rows, firstRow, firstChunk, N, columns, chunk, epsilon, bandwidth };
    for (const { from, to } of rowSlices(N, 4 * d, planner)) {
      planner.dispatch({
        shader: "dense_threshold_sums",
        options: { ...features, ...options },
        sizes: { ...ofRows, latents: to - from, firstLatent: from },
        buffers: {
          preActivations: values,
          reverseSums,
          decoder: rowsOf(decoder, from, to, d),
          latents,
          threshold,
          partials,
        },
        groups: [groupsOf(to - from, 64), groupsOf(rows, chunk)],
      });
    }
    firstChunk += groupsOf(rows, chunk);
  }
  planner.dispatch({
    shader: "dense_threshold_gradient",
    options: { ...options, LOGARITHM: constants.logarithm },
    sizes: { count: N, chunks, bandwidth, rows: B },
    buffers: { partials, latents, threshold, gradient: operands.thresholdGradient },
    groups: groupsOf(N),
  });
};
