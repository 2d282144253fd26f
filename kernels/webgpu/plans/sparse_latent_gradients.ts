import type { Tensor } from "../../kernel.ts";
import type { sparseLatentGradients as kernel } from "../../sparse_latent_gradients.ts";
import { type Bindable, groupsOf, type Plan, rowSlices, rowsOf } from "../launch.ts";
import { describeLatents } from "./latents.ts";
import { penaltyOptions } from "./penalty.ts";
import { featuresOf } from "./tiles.ts";

/** Entries in a run of one latent. */
const CHUNK = 256;

/**
 * ∂f of every entry, the sums per latent, then ∂D and ∂E, each first from runs of entries and then from the
 * further runs of latents with many. One shader for all would bind thirteen buffers; these bind at most eight.
 */
export const sparseLatentGradients: Plan<typeof kernel> = (operands, dims, constants, planner) => {
  const { B, d, N, K } = dims;
  const { latentOffsets, latentRows, latentValues, reverseSums, input, decoder } = operands;
  const { encoderGradient, encoderBiasGradient, decoderGradient } = operands;
  const { epsilon } = constants;
  const features = featuresOf(d);
  const columns = d / features.WIDTH;
  const windows = groupsOf(K, CHUNK);
  const latents = describeLatents(planner, operands, dims);
  const gradients = planner.scratch(K);
  const partials = planner.scratch(windows * d);
  const LANES = Math.min(256, 32 * groupsOf(columns, 32));
  const penalty = penaltyOptions(constants);
  const slices = [...rowSlices(N, 4 * d, planner)].map(({ from, to }) => {
    const sizes = { B, N, latents: to - from, firstLatent: from, columns };
    return { from, to, sizes, groups: to - from + windows };
  });
  for (const { from, to, sizes, groups } of slices) {
    planner.dispatch({
      shader: "entry_gradients",
      options: { ...features, ...penalty, CHUNK },
      sizes: { ...sizes, groups, epsilon },
      buffers: {
        latentOffsets,
        latentRows,
        latentValues,
        reverseSums,
        decoder: rowsOf(decoder, from, to, d),
        latents,
        gradients,
      },
      groups,
    });
  }
  planner.dispatch({
    shader: "latent_scalars",
    options: penalty,
    sizes: { N, epsilon },
    buffers: { latentOffsets, latentValues, gradients, latents, encoderBiasGradient },
    groups: N,
  });
  const weighted = (factors: Bindable, rows: Tensor, out: Tensor, BLOCKED: boolean) => {
    for (const { from, to, sizes, groups } of slices) {
      const gradient = rowsOf(out, from, to, d);
      planner.dispatch({
        shader: "sparse_latent_gradients",
        options: { ...features, LANES, CHUNK, BLOCKED },
        sizes: { ...sizes, groups },
        buffers: {
          latentOffsets,
          latentRows,
          factors,
          rows,
          latents,
          decoder: rowsOf(decoder, from, to, d),
          gradient,
          partials,
        },
        groups,
      });
      planner.dispatch({
        shader: "sparse_latent_gradients_rest",
        options: { ...features, LANES, CHUNK },
        sizes: { ...sizes, groups: windows },
        buffers: { latentOffsets, partials, gradient },
        groups: windows,
      });
    }
  };
  weighted(latentValues, reverseSums, decoderGradient, true);
  weighted(gradients, input, encoderGradient, false);
};
