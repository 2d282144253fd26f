/**
 * Plans of the kernels that train the thresholds of jumprelu.
 *
 * @module
 */
import type { WindowConstants } from "../../kernels/threshold_gradient.ts";
import { phase, type RecipePlans, single } from "../launch.ts";
import { slopeArgs } from "./penalty.ts";

/** Rows that a thread takes at least. */
const ROWS = 16;

/** Latents that a thread takes at a time: few, because they have very uneven numbers of rows. */
const LATENTS = 16;

/** Elements that a thread takes at least. */
const ELEMENTS = 1024;

/** Bytes of a partial sum, float64. */
const PARTIAL_BYTES = 8;

/** Returns the least value that is active whatever its threshold. */
function floorOf(rectified: boolean): number {
  return rectified ? 0 : -Infinity;
}

/** Returns the constants of a window as the kernels take them. */
function windowArgs(operands: { readonly norms: number }, constants: WindowConstants) {
  return {
    ...slopeArgs(operands, constants),
    bandwidth: constants.bandwidth,
    floor: floorOf(constants.rectified),
    overActivations: constants.window === "activation" ? 1 : 0,
    logarithm: constants.logarithm ? 1 : 0,
  };
}

/** Thresholds that are trained. */
export const thresholdPlans: Pick<
  RecipePlans,
  | "jumpThresholds"
  | "jump"
  | "activeCodes"
  | "thresholdGradient"
  | "denseThresholdGradient"
  | "preActivationLoss"
  | "targetL0Penalty"
> = {
  jumpThresholds(operands, { N }, { logarithm, bandwidth }) {
    const args = { ...operands, logarithm: logarithm ? 1 : 0, half: bandwidth / 2 };
    return {
      phases: [phase("jumpThresholds", args, { items: N, grain: ELEMENTS })],
      scratchBytes: 0,
    };
  },

  jump(operands, { B, N }, { rectified }) {
    const args = { ...operands, N, floor: floorOf(rectified) };
    return { phases: [phase("jump", args, { items: B, grain: ROWS })], scratchBytes: 0 };
  },

  activeCodes({ activeIndices, activeValues, ...operands }, { B, K }, { rectified }) {
    const args = { ...operands, K, floor: floorOf(rectified) }, rows = { items: B, grain: ROWS };
    const { activeOffsets } = operands;
    return {
      phases: [
        phase("activeCodesCount", args, rows),
        single("activeCodesOffsets", { activeOffsets, B }),
        phase("activeCodesCopy", { ...args, activeIndices, activeValues }, rows),
      ],
      scratchBytes: 0,
    };
  },

  thresholdGradient(operands, { B, d, N, P }, constants, planner) {
    const args = { ...operands, B, d, P, ...windowArgs(operands, constants) };
    return {
      phases: [phase("thresholdGradient", args, { items: N, grain: LATENTS })],
      scratchBytes: planner.ask("thresholdGradientScratchBytes", { B }),
    };
  },

  denseThresholdGradient(operands, { B, d, N, P }, constants, planner) {
    const args = { ...operands, B, d, N, P, ...windowArgs(operands, constants) };
    return {
      phases: [phase("denseThresholdGradient", args, { items: N, grain: LATENTS })],
      scratchBytes: planner.ask("denseThresholdGradientScratchBytes", { B }),
    };
  },

  preActivationLoss({ terms, ...operands }, { B, d }, { coefficient, logarithm }, planner) {
    const parts = planner.ask("preActivationLossParts");
    const losses = planner.temporary(PARTIAL_BYTES * parts);
    const constants = { share: coefficient / B, logarithm: logarithm ? 1 : 0 };
    const args = { ...operands, losses, B, d, ...constants };
    return {
      phases: [
        phase("preActivationLoss", args, { items: parts, grain: 1, piecesPerThread: parts }),
        single("preActivationLossTerm", { losses, terms }),
      ],
      scratchBytes: planner.ask("preActivationLossScratchBytes", { B, d }),
    };
  },

  targetL0Penalty(operands, { N }, { targetL0, rows, silentBelowZero }) {
    const args = {
      ...operands,
      N,
      targetL0,
      rows,
      silentBelowZero: silentBelowZero ? 1 : 0,
    };
    return { phases: [single("targetL0Penalty", args)], scratchBytes: 0 };
  },
};
