/**
 * The penalty as shaders take it.
 *
 * @module
 */
import type { PenaltyConstants } from "../../penalty.ts";

/** What is taken off the penalty. */
export function penaltyOffset({ penalty, epsilon, subtractLogEpsilon }: PenaltyConstants): number {
  return penalty === "log" && subtractLogEpsilon ? Math.log(epsilon) : 0;
}
