/**
 * Sparsity penalties.
 *
 * @module
 */
import type { PenaltyConstants } from "../../kernels/penalty.ts";
import { checkBoolean, checkNumber, checkObject, checkOneOf } from "../base/checks.ts";
import { checkKeys, type KeyOfAny } from "../base/known_keys.ts";

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

/** The keys of all kinds of penalty. A key that another kind has is accepted, and ignored. */
const KEYS = /* @__PURE__ */ Object.keys(
  { kind: true, coefficient: true, epsilon: true, subtractLogEpsilon: true } satisfies Record<
    KeyOfAny<Penalty>,
    true
  >,
);

/**
 * Checks a penalty and returns it as kernels take it.
 *
 * @throws {RangeError | TypeError} if its kind or a key is unknown, or a value is missing or out of its range.
 */
export function resolvePenalty(penalty: Penalty, task: string): ResolvedPenalty {
  checkObject(penalty, "penalty", task, 'an object like {kind: "l1", coefficient: 0.1}');
  const { kind } = penalty;
  checkOneOf(kind, ["log", "l1", "none"], "penalty.kind", task);
  checkKeys(penalty, KEYS, task, "penalty");
  const { epsilon = 0.1, subtractLogEpsilon = false } = kind === "log" ? penalty : {};
  const coefficient = kind === "none"
    ? 0
    : checkNumber(penalty.coefficient, "penalty.coefficient", task, { least: 0 });
  checkNumber(epsilon, "penalty.epsilon", task, { above: 0 });
  checkBoolean(subtractLogEpsilon, "penalty.subtractLogEpsilon", task);
  return { penalty: { penalty: kind, epsilon, subtractLogEpsilon }, coefficient };
}
