import type { sparseLatentGradients as kernel } from "../../sparse_latent_gradients.ts";
import type { Plan } from "../launch.ts";
import { entryRuns, sumEntries } from "./entries.ts";
import { describeLatents } from "./latents.ts";
import { penaltyOptions } from "./penalty.ts";

/**
 * ∂f of every entry, the sums per latent, then ∂D and ∂E, each first from runs of entries and then from the
 * further runs of latents with many. One shader for all would bind thirteen buffers; these bind at most eight.
 */
export const sparseLatentGradients: Plan<typeof kernel> = (operands, dims, constants, planner) => {
  const { d, N, K } = dims;
  const { latentOffsets, latentRows, latentValues, reverseSums, input, decoder } = operands;
  const { encoderGradient, encoderBiasGradient, decoderGradient } = operands;
  const { epsilon } = constants;
  const runs = entryRuns(planner, dims);
  const latents = describeLatents(planner, operands, dims);
  const gradients = planner.scratch(K);
  const partials = planner.scratch(runs.windows * d);
  const penalty = penaltyOptions(constants);
  for (const { of, sizes, groups } of runs.slices) {
    planner.dispatch({
      shader: "entry_gradients",
      options: { ...runs.options, ...penalty },
      sizes: { ...sizes, groups, epsilon },
      buffers: {
        latentOffsets,
        latentRows,
        latentValues,
        reverseSums,
        decoder: of(decoder),
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
  const sums = { latentOffsets, latentRows, latents, decoder, partials };
  const decoderSums = { ...sums, factors: latentValues, rows: reverseSums };
  sumEntries(planner, runs, { ...decoderSums, gradient: decoderGradient }, { BLOCKED: true });
  const encoderSums = { ...sums, factors: gradients, rows: input };
  sumEntries(planner, runs, { ...encoderSums, gradient: encoderGradient }, { BLOCKED: false });
};
