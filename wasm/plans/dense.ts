/**
 * Plans of the kernels that only the dense path uses.
 *
 * @module
 */
import type { DenseActivation } from "../../kernels/encode.ts";
import type { Plans } from "../launch.ts";
import { penaltyArgs } from "./penalty.ts";

const ACTIVATIONS: Record<DenseActivation, number> = { relu: 0, identity: 1, jumprelu: 2 };

/** Columns of [B, N] that a thread takes at least: whole cache lines and whole tiles. */
const COLUMNS = 64;

/** Rows that a thread takes at least: whole tiles of 4 and of 6 rows. */
const ROWS = 12;

/** The dense path. */
export const densePlans: Pick<
  Plans,
  | "encode"
  | "latentSums"
  | "prefixResiduals"
  | "reverseSums"
  | "activationGradient"
  | "decoderGradient"
  | "encoderGradient"
> = {
  encode(
    { input, encoder, encoderBias, threshold, activations },
    { B, d, N },
    { activation },
    planner,
  ) {
    const args = [
      ...[input, encoder, encoderBias, threshold, activations],
      ...[B, d, N, ACTIVATIONS[activation]],
    ];
    return {
      phases: [{ run: "encode", items: N, grain: COLUMNS, args }],
      scratchBytes: planner.ask("productScratchBytes"),
    };
  },

  latentSums({ activations, norms, penalties, counts, squares }, { B, N }, constants, planner) {
    const args = [
      ...[activations, norms, penalties, counts, squares],
      ...[B, N, ...penaltyArgs(constants)],
    ];
    return {
      phases: [{ run: "latentSums", items: N, grain: COLUMNS, args }],
      scratchBytes: planner.ask("latentSumsScratchBytes"),
    };
  },

  prefixResiduals(
    { activations, decoder, decoderBias, input, bounds, residuals, squaredErrors },
    { B, d, N, P },
    { scale },
    planner,
  ) {
    const squares = planner.temporary(4 * P * B);
    const args = [
      ...[activations, decoder, decoderBias, input, bounds, residuals, squares],
      ...[B, d, N, P],
    ];
    return {
      phases: [
        { run: "prefixResiduals", items: B, grain: ROWS, args, piecesPerThread: 2 },
        { run: "prefixErrors", items: P, grain: 1, args: [squares, squaredErrors, B, scale] },
      ],
      scratchBytes: planner.ask("productScratchBytes"),
    };
  },

  reverseSums({ weights, residuals }, { P, B, d }, { scale }) {
    const args = [weights, residuals, B * d, P, scale];
    return { phases: [{ run: "reverseSums", items: B * d, grain: 1024, args }], scratchBytes: 0 };
  },

  activationGradient(
    { reverseSums, activations, decoder, norms, bounds, weights, coefficient, preGradient },
    { B, d, N, P },
    constants,
    planner,
  ) {
    const [kind, epsilon] = penaltyArgs(constants);
    const args = [
      ...[reverseSums, activations, decoder, norms, bounds, weights, coefficient, preGradient],
      ...[B, d, N, P, kind, epsilon, constants.identity ? 1 : 0],
    ];
    return {
      phases: [{ run: "activationGradient", items: N, grain: COLUMNS, args }],
      scratchBytes: planner.ask("productScratchBytes"),
    };
  },

  decoderGradient(
    {
      activations,
      reverseSums,
      decoder,
      norms,
      bounds,
      weights,
      coefficient,
      decoderGradient,
    },
    { B, d, N, P },
    constants,
    planner,
  ) {
    const [kind, epsilon] = penaltyArgs(constants);
    const args = [
      ...[activations, reverseSums, decoder, norms, bounds, weights, coefficient],
      ...[decoderGradient, B, d, N, P, kind, epsilon],
    ];
    return {
      phases: [{ run: "decoderGradient", items: N, grain: ROWS, args }],
      scratchBytes: planner.ask("decoderGradientScratchBytes"),
    };
  },

  encoderGradient(
    { preGradient, input, encoderGradient, encoderBiasGradient },
    { B, d, N },
    _,
    planner,
  ) {
    const args = [preGradient, input, encoderGradient, encoderBiasGradient, B, d, N];
    return {
      phases: [{ run: "encoderGradient", items: N, grain: ROWS, args }],
      scratchBytes: planner.ask("encoderGradientScratchBytes"),
    };
  },
};
