/**
 * The constants of a penalty as shaders need them.
 *
 * @module
 */
import type { PenaltyConstants } from "../../penalty.ts";

/** Returns the constant that is subtracted from the penalty. */
export function penaltyOffset({ penalty, epsilon, subtractLogEpsilon }: PenaltyConstants): number {
  return penalty === "log" && subtractLogEpsilon ? Math.log(epsilon) : 0;
}
