/**
 * Sparsity penalties.
 *
 * @module
 */
import type { PenaltyConstants } from "../../kernels/penalty.ts";
import { checkBoolean, checkNumber, checkObject, checkOneOf } from "../base/checks.ts";
import { checkKeys, type KeyOfAny } from "../base/known_keys.ts";

/** What penalties on the size of activations share. */
export interface SizePenalty {
  /** λ. */
  readonly coefficient: number;
  /** Whether a is |f_i|·‖D_i‖ (default), or |f_i| alone. */
  readonly decoderNorm?: boolean;
  /** Whether each prefix is penalised with its weight (default), or the full code alone, with weight 1. */
  readonly over?: "prefixes" | "full";
}

/**
 * The sparsity penalty on a = |f_i|·‖D_i‖: "log" is log(a + ε), less log ε if `subtractLogEpsilon` (default
 * false), with ε 0.1 by default; "l1" is a; "tanh" is tanh(scale·a), with scale 4 by default. "l0" is 1 where f_i ≠ 0;
 * only thresholds that are trained have a gradient of it. "targetL0" is λ (L0/l0 − 1)², also for thresholds that are
 * trained. `coefficient` is λ.
 */
export type Penalty =
  | SizePenalty & {
    readonly kind: "log";
    readonly epsilon?: number;
    readonly subtractLogEpsilon?: boolean;
  }
  | SizePenalty & { readonly kind: "l1" }
  | SizePenalty & { readonly kind: "tanh"; readonly scale?: number }
  | { readonly kind: "l0"; readonly coefficient: number; readonly over?: "prefixes" | "full" }
  | { readonly kind: "targetL0"; readonly coefficient: number; readonly l0: number }
  | { readonly kind: "none" };

/** A penalty as kernels take it, checked. */
export interface ResolvedPenalty {
  readonly penalty: PenaltyConstants;
  /** λ; 0 without a penalty. */
  readonly coefficient: number;
  /** Whether the full code alone is penalised. */
  readonly penaltyOver: "prefixes" | "full";
  /** The L0 that the "targetL0" penalty aims at. */
  readonly penaltyL0?: number;
}

/** The keys of all kinds of penalty. A key that another kind has is accepted, and ignored. */
const KEYS = /* @__PURE__ */ Object.keys(
  {
    kind: true,
    coefficient: true,
    epsilon: true,
    subtractLogEpsilon: true,
    scale: true,
    decoderNorm: true,
    over: true,
    l0: true,
  } satisfies Record<KeyOfAny<Penalty>, true>,
);

/**
 * Checks a penalty and returns it as kernels take it.
 *
 * @throws {RangeError | TypeError} if its kind or a key is unknown, or a value is missing or out of its range.
 */
export function resolvePenalty(penalty: Penalty, task: string): ResolvedPenalty {
  checkObject(penalty, "penalty", task, 'an object like {kind: "l1", coefficient: 0.1}');
  const { kind } = penalty;
  checkOneOf(kind, ["log", "l1", "tanh", "l0", "targetL0", "none"], "penalty.kind", task);
  checkKeys(penalty, KEYS, task, "penalty");
  const given: Partial<Record<KeyOfAny<Penalty>, unknown>> = penalty;
  const { subtractLogEpsilon = false, epsilon = 0.1 } = kind === "log" ? penalty : {};
  const { scale = 4 } = kind === "tanh" ? penalty : {};
  const { decoderNorm = true, over = "prefixes" } = given as {
    decoderNorm?: boolean;
    over?: "prefixes" | "full";
  };
  const coefficient = kind === "none"
    ? 0
    : checkNumber(penalty.coefficient, "penalty.coefficient", task, { least: 0 });
  checkNumber(epsilon, "penalty.epsilon", task, { above: 0 });
  checkNumber(scale, "penalty.scale", task, { above: 0 });
  checkBoolean(subtractLogEpsilon, "penalty.subtractLogEpsilon", task);
  checkBoolean(decoderNorm, "penalty.decoderNorm", task);
  const checkedOver = checkOneOf(over, ["prefixes", "full"], "penalty.over", task);
  const target = kind === "targetL0"
    ? { penaltyL0: checkNumber(penalty.l0, "penalty.l0", task, { above: 0 }) }
    : {};
  return {
    penalty: {
      penalty: kind === "targetL0" ? "l0" : kind,
      epsilon: kind === "tanh" ? scale : epsilon,
      subtractLogEpsilon,
      ...(!decoderNorm && { unweighted: true }),
    },
    coefficient,
    penaltyOver: kind === "targetL0" ? "full" : checkedOver,
    ...target,
  };
}
