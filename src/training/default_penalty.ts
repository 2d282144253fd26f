/**
 * The penalties of the author's code, which are the trainer's defaults.
 *
 * @module
 */
import { type Activation, isSelective } from "../model/activation.ts";
import type { Penalty } from "../model/penalty.ts";

/** Returns the author's penalty of a kind, with the author's coefficient by default. */
export function authorPenalty(kind: "l1" | "log", coefficient: number = 0.2): Penalty {
  if (kind === "l1") return { kind, coefficient };
  return { kind, coefficient, epsilon: 0.1, subtractLogEpsilon: true };
}

/** Returns the penalty of a trainer that is given none. */
export function defaultPenalty(activation?: Activation): Penalty {
  return isSelective(activation?.kind ?? "relu") ? { kind: "none" } : authorPenalty("log");
}
