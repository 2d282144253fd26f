/**
 * The penalty as shaders take it.
 *
 * @module
 */
import type { PenaltyConstants } from "../../penalty.ts";

/** The number of each penalty. */
export const PENALTIES = { none: 0, l1: 1, log: 2 } as const;

/** What is taken off the penalty. */
export function penaltyOffset({ penalty, epsilon, subtractLogEpsilon }: PenaltyConstants): number {
  return penalty === "log" && subtractLogEpsilon ? Math.log(epsilon) : 0;
}
