/**
 * Sparsity penalties.
 *
 * @module
 */
import type { PenaltyConstants } from "../../kernels/penalty.ts";
import { checkBoolean, checkNumber, checkObject, checkOneOf } from "../base/checks.ts";
import { checkKeys } from "../base/known_keys.ts";

/**
 * The sparsity penalty on a = |f_i|·‖D_i‖: "log" is log(a + ε), less log ε if `subtractLogEpsilon` (default
 * false), with ε 0.1 by default; "l1" is a. `coefficient` is λ.
 */
export type Penalty =
  | {
    readonly kind: "log";
    readonly coefficient: number;
    readonly epsilon?: number;
    readonly subtractLogEpsilon?: boolean;
  }
  | { readonly kind: "l1"; readonly coefficient: number }
  | { readonly kind: "none" };

/** A penalty as kernels take it, checked. */
export interface ResolvedPenalty {
  readonly penalty: PenaltyConstants;
  /** λ; 0 without a penalty. */
  readonly coefficient: number;
}

/** The keys of each kind of penalty. */
const KEYS = {
  log: ["kind", "coefficient", "epsilon", "subtractLogEpsilon"],
  l1: ["kind", "coefficient"],
  none: ["kind"],
} as const satisfies {
  [Kind in Penalty["kind"]]: readonly (keyof Extract<Penalty, { kind: Kind }>)[];
};

/**
 * Checks a penalty and returns it as kernels take it.
 *
 * @throws {RangeError | TypeError} if its kind is unknown, or lacks something or has something unknown.
 */
export function resolvePenalty(penalty: Penalty, task: string): ResolvedPenalty {
  checkObject(penalty, "penalty", task, 'an object like {kind: "l1", coefficient: 0.1}');
  const { kind } = penalty;
  checkOneOf(kind, ["log", "l1", "none"], "penalty.kind", task);
  checkKeys(penalty, KEYS[kind], task, `penalty "${kind}"`);
  const { epsilon = 0.1, subtractLogEpsilon = false } = kind === "log" ? penalty : {};
  const coefficient = kind === "none"
    ? 0
    : checkNumber(penalty.coefficient, "penalty.coefficient", task, { least: 0 });
  checkNumber(epsilon, "penalty.epsilon", task, { above: 0 });
  checkBoolean(subtractLogEpsilon, "penalty.subtractLogEpsilon", task);
  return { penalty: { penalty: kind, epsilon, subtractLogEpsilon }, coefficient };
}
