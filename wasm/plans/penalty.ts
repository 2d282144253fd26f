/**
 * How the constants of the penalty are passed to wasm/assembly/penalty.ts.
 *
 * @module
 */
import type { PenaltyConstants } from "../../kernels/penalty.ts";
import { Penalty } from "../generated/exports.ts";

/** The operand that weighs activations in the penalty. */
interface Weights {
  readonly norms: number;
}

/** Returns the arguments of kernels that need the slope of the penalty: no norms where it is unweighted. */
export function slopeArgs(
  { norms }: Weights,
  { penalty, epsilon, unweighted = false }: PenaltyConstants,
): { norms: number; kind: number; epsilon: number } {
  return { norms: unweighted ? 0 : norms, kind: Penalty[penalty], epsilon };
}

/** Returns the arguments of kernels that need the value of the penalty. */
export function valueArgs(
  weights: Weights,
  constants: PenaltyConstants,
): { norms: number; kind: number; epsilon: number; subtract: number } {
  return { ...slopeArgs(weights, constants), subtract: constants.subtractLogEpsilon ? 1 : 0 };
}
