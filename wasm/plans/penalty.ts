/**
 * How the constants of the penalty are passed to wasm/assembly/penalty.ts.
 *
 * @module
 */
import type { PenaltyConstants } from "../../kernels/penalty.ts";
import { Penalty } from "../generated/exports.ts";

/** Returns the arguments of kernels that need the slope of the penalty. */
export function slopeArgs({ penalty, epsilon }: PenaltyConstants): {
  kind: number;
  epsilon: number;
} {
  return { kind: Penalty[penalty], epsilon };
}

/** Returns the arguments of kernels that need the value of the penalty. */
export function valueArgs(constants: PenaltyConstants): {
  kind: number;
  epsilon: number;
  subtract: number;
} {
  return { ...slopeArgs(constants), subtract: constants.subtractLogEpsilon ? 1 : 0 };
}
