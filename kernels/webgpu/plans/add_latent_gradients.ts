import type { addLatentGradients as kernel } from "../../add_latent_gradients.ts";
import { PENALTY_CODES } from "../codes.ts";
import { groupsOf, type Plan } from "../launch.ts";
import { entryRuns, sumEntries } from "./entries.ts";
import { LATENT_WORDS } from "./latents.ts";

/** As in the main loss: ∂f of every entry, its sums per latent, then ∂E and ∂D. */
export const addLatentGradients: Plan<typeof kernel> = (operands, dims, { encoder }, planner) => {
  const { d, N, K } = dims;
  const { latentOffsets, latentRows, latentValues, outputGradient, input, decoder } = operands;
  const { encoderGradient, encoderBiasGradient, decoderGradient } = operands;
  const runs = entryRuns(planner, dims);
  // Zeros: all latents in the same block, and without a penalty.
  const latents = planner.scratch(LATENT_WORDS * N);
  const gradients = planner.scratch(K);
  const partials = planner.scratch(runs.windows * d);
  const sums = { latentOffsets, latentRows, latents, decoder, partials };
  const adds = { BLOCKED: false, ADDS: true };
  const decoderSums = { ...sums, factors: latentValues, rows: outputGradient };
  sumEntries(planner, runs, { ...decoderSums, gradient: decoderGradient }, adds);
  if (!encoder) return;
  planner.dispatch({
    shader: "clear",
    sizes: { count: LATENT_WORDS * N },
    buffers: { words: latents },
    groups: groupsOf(LATENT_WORDS * N),
  });
  const PENALTY = PENALTY_CODES.none;
  for (const { of, sizes, groups } of runs.slices) {
    planner.dispatch({
      shader: "entry_gradients",
      options: { ...runs.options, PENALTY },
      sizes: { ...sizes, groups, epsilon: 0 },
      buffers: {
        latentOffsets,
        latentRows,
        latentValues,
        reverseSums: outputGradient,
        decoder: of(decoder),
        latents,
        gradients,
      },
      groups,
    });
  }
  planner.dispatch({
    shader: "latent_scalars",
    options: { PENALTY, ADDS: true },
    sizes: { N, epsilon: 0 },
    buffers: { latentOffsets, latentValues, gradients, latents, encoderBiasGradient },
    groups: N,
  });
  const encoderSums = { ...sums, factors: gradients, rows: input };
  sumEntries(planner, runs, { ...encoderSums, gradient: encoderGradient }, adds);
};
