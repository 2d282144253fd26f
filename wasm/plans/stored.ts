/**
 * Plans of the kernels that compute with weights in the type of their file.
 *
 * @module
 */
import { Stored } from "../generated/exports.ts";
import { phase, type Plans } from "../launch.ts";

/** Rows that a thread takes at least, as in `sparseDecode`. */
const ROWS = 8;

/** The decode of inference. */
export const storedPlans: Pick<Plans, "sparseDecodeStored"> = {
  sparseDecodeStored(operands, { B, d }, { prefix, type }, planner) {
    const args = { ...operands, d, prefix, type: Stored[type] };
    return {
      phases: [phase("sparseDecodeStored", args, { items: B, grain: ROWS })],
      scratchBytes: planner.ask("sparseDecodeStoredScratchBytes", { d }),
    };
  },
};
