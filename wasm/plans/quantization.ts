/**
 * Plans of the kernels that quantise rows for the screen.
 *
 * @module
 */
import { Stored } from "../generated/exports.ts";
import { phase, type Plans } from "../launch.ts";

/** Rows that a thread takes at least. */
const ROWS = 16;

/** Quantised rows of the batch and of the encoder. */
export const quantizationPlans: Pick<
  Plans,
  "quantizeRows" | "quantizeLatents" | "quantizeStored"
> = {
  quantizeRows(operands, { B, d, W }) {
    const args = { ...operands, d, W };
    return { phases: [phase("quantizeRows", args, { items: B, grain: ROWS })], scratchBytes: 0 };
  },

  quantizeLatents(operands, { N, d, W }) {
    const args = { ...operands, d, W };
    return { phases: [phase("quantizeLatents", args, { items: N, grain: ROWS })], scratchBytes: 0 };
  },

  quantizeStored(operands, { N, W }, { type, d }, planner) {
    const args = { ...operands, d, W, type: Stored[type] };
    return {
      phases: [phase("quantizeStored", args, { items: N, grain: ROWS })],
      scratchBytes: planner.ask("quantizeStoredScratchBytes", { d }),
    };
  },
};
