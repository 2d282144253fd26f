import { groupsOf, type Plan, rowSlices, rowsOf } from "../launch.ts";
import type { preActivationLoss as kernel } from "../../pre_activation_loss.ts";
import { featuresOf } from "./tiles.ts";

/** Four-byte words of a `DeadLatent`. */
const WORDS = 4;

/**
 * Collects the dead latents, finds the rows that are below and ∂E, then the other gradients and the loss of each. The
 * host does not know how many are dead: there is a workgroup for every latent, and most have nothing to do.
 */
export const preActivationLoss: Plan<typeof kernel> = (
  operands,
  { B, d, N },
  constants,
  planner,
) => {
  const { dead, deadCount, encoderBias, norms, threshold, input, encoder, decoder } = operands;
  const { encoderGradient, encoderBiasGradient, decoderGradient, thresholdGradient } = operands;
  const features = featuresOf(d);
  const share = constants.coefficient / B;
  const deadLatents = planner.scratch(WORDS * N);
  const missing = planner.scratch(2 * N);
  const losses = planner.scratch(N);
  planner.dispatch({
    shader: "pre_activation_latents",
    sizes: { count: N },
    buffers: { dead, deadCount, encoderBias, norms, threshold, deadLatents, losses },
    groups: groupsOf(N),
  });
  for (const { from, to } of rowSlices(N, 4 * d, planner)) {
    const sizes = { groups: N, latents: to - from, firstLatent: from, share };
    planner.dispatch({
      shader: "pre_activation_rows",
      options: features,
      sizes: { ...sizes, B, columns: d / features.WIDTH },
      buffers: {
        input,
        encoder: rowsOf(encoder, from, to, d),
        deadLatents,
        gradient: rowsOf(encoderGradient, from, to, d),
        missing,
      },
      groups: N,
    });
    planner.dispatch({
      shader: "pre_activation_loss",
      options: { LOGARITHM: constants.logarithm },
      sizes: { ...sizes, d },
      buffers: {
        deadLatents,
        missing,
        decoder: rowsOf(decoder, from, to, d),
        decoderGradient: rowsOf(decoderGradient, from, to, d),
        encoderBiasGradient,
        thresholdGradient,
        losses,
      },
      groups: N,
    });
  }
  planner.dispatch({
    shader: "total",
    sizes: { count: N, scale: 1, at: 2 },
    buffers: { values: losses, sum: operands.terms },
    groups: 1,
  });
};
