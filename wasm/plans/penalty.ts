/**
 * How the penalty's constants are passed to wasm/assembly/penalty.ts.
 *
 * @module
 */
import type { PenaltyConstants } from "../../kernels/penalty.ts";

const KINDS: Record<PenaltyConstants["penalty"], number> = { none: 0, l1: 1, log: 2 };

/** The arguments `kind: i32, epsilon: f32, subtract: i32`. */
export function penaltyArgs(constants: PenaltyConstants): [number, number, number] {
  return [KINDS[constants.penalty], constants.epsilon, constants.subtractLogEpsilon ? 1 : 0];
}
