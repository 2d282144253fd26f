/**
 * The constants of a penalty as shaders need them.
 *
 * @module
 */
import type { PenaltyConstants } from "../../penalty.ts";
import { PENALTY_CODES } from "../codes.ts";

/** Returns what is set in modules/penalty.wgsl. */
export function penaltyOptions({ penalty, unweighted = false }: PenaltyConstants) {
  return { PENALTY: PENALTY_CODES[penalty], UNWEIGHTED: unweighted };
}

/** Returns the constant that is subtracted from the penalty. */
export function penaltyOffset({ penalty, epsilon, subtractLogEpsilon }: PenaltyConstants): number {
  return penalty === "log" && subtractLogEpsilon ? Math.log(epsilon) : 0;
}
