/**
 * The options of the Matryoshka loss and the numbers that kernels make of them.
 *
 * @module
 */
import type { Selection } from "../kernels/encode_sparse.ts";
import type { PenaltyConstants } from "../kernels/penalty.ts";
import { checkCount } from "./parameters.ts";
import { checkPrefixes } from "./prefixes.ts";

/**
 * What follows x Eᵀ + b. "topk" keeps the k largest of each row, "batchtopk" the k·B largest of the
 * batch (both after relu, ties to the lower index), "jumprelu" what exceeds max(threshold_i, 0).
 */
export type Activation =
  | { readonly kind: "relu" }
  | { readonly kind: "identity" }
  | { readonly kind: "topk"; readonly k: number }
  | { readonly kind: "batchtopk"; readonly k: number }
  | { readonly kind: "jumprelu"; readonly threshold: Float32Array };

/**
 * The sparsity penalty on a = |f_i|·‖D_i‖: "log" is log(a + ε), less log ε if `subtractLogEpsilon`
 * (default false); ε is 0.1 by default; "l1" is a. `coefficient` is λ.
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

/** Everything about the loss but the prefixes. */
export interface LossKind {
  /** Weight w_j of each prefix's term; 1 by default. As many as there are prefixes. */
  readonly prefixWeights?: readonly number[];
  /** Default `{kind: "relu"}`. */
  readonly activation?: Activation;
  /** Default `{kind: "none"}`: a coefficient has no default that would suit. */
  readonly penalty?: Penalty;
  /** ρ = 1 for "sum" (default), 1/P for "mean" (the author's code). */
  readonly prefixReduction?: "sum" | "mean";
  /** Squared error averaged over features ("mean", default) or summed ("sum"). */
  readonly squaredError?: "mean" | "sum";
  /** Whether the encoder sees x − c instead of x. Default false. */
  readonly subtractDecoderBias?: boolean;
}

/** Options of `matryoshkaLoss`. */
export interface LossOptions extends LossKind {
  /** Prefix lengths p_0 < … < p_{P−1} = N. */
  readonly prefixes: readonly number[];
  /**
   * How to compute: "dense" keeps [B, N] activations, "sparse" only the active ones. The results are
   * the same up to rounding. "auto" (default) is sparse for topk, batchtopk and jumprelu.
   */
  readonly path?: "auto" | "dense" | "sparse";
}

/** Options as kernels take them, checked. */
export interface ResolvedLoss {
  readonly selection: Selection;
  readonly k: number;
  readonly threshold?: Float32Array;
  readonly penalty: PenaltyConstants;
  readonly coefficient: number;
  readonly squaredError: "mean" | "sum";
  readonly subtractDecoderBias: boolean;
  /** ρ w_j for P prefixes; `task` is what could not be done if there are not as many weights. */
  weights(prefixCount: number, task: string): Float64Array;
}

/** Checks the options against the number of latents. */
export function resolveLoss(options: LossKind, latentCount: number, task: string): ResolvedLoss {
  const activation = options.activation ?? { kind: "relu" };
  const penalty = options.penalty ?? { kind: "none" };
  checkActivation(activation, latentCount, task);
  checkPenalty(penalty, task);
  oneOf(options.prefixReduction, ["sum", "mean"], "prefixReduction", task);
  oneOf(options.squaredError, ["mean", "sum"], "squaredError", task);
  const { prefixWeights, prefixReduction = "sum" } = options;
  const bad = prefixWeights?.findIndex((w) => !(w >= 0 && w < Infinity)) ?? -1;
  if (bad >= 0) {
    throw new RangeError(`Cannot ${task}: prefixWeights[${bad}] is ${prefixWeights![bad]}`);
  }
  return {
    selection: activation.kind,
    k: "k" in activation ? activation.k : 0,
    threshold: "threshold" in activation ? activation.threshold : undefined,
    penalty: {
      penalty: penalty.kind,
      epsilon: penalty.kind === "log" ? penalty.epsilon ?? 0.1 : 1,
      subtractLogEpsilon: penalty.kind === "log" && (penalty.subtractLogEpsilon ?? false),
    },
    coefficient: penalty.kind === "none" ? 0 : penalty.coefficient,
    squaredError: options.squaredError ?? "mean",
    subtractDecoderBias: options.subtractDecoderBias ?? false,
    weights(prefixCount, task) {
      if (prefixWeights && prefixWeights.length !== prefixCount) {
        throw new RangeError(
          `Cannot ${task}: there are ${prefixWeights.length} prefixWeights for ${prefixCount} prefixes`,
        );
      }
      const rho = prefixReduction === "mean" ? 1 / prefixCount : 1;
      return Float64Array.from({ length: prefixCount }, (_, j) => rho * (prefixWeights?.[j] ?? 1));
    },
  };
}

/** Checks prefixes and gives them with their weights. */
export function resolvePrefixes(
  loss: ResolvedLoss,
  prefixes: readonly number[],
  latentCount: number,
  task: string,
): { bounds: Uint32Array; weights: Float64Array } {
  checkPrefixes(prefixes, latentCount, task);
  return { bounds: Uint32Array.from(prefixes), weights: loss.weights(prefixes.length, task) };
}

function checkActivation(activation: Activation, latentCount: number, task: string): void {
  oneOf(
    activation.kind,
    ["relu", "identity", "topk", "batchtopk", "jumprelu"],
    "activation.kind",
    task,
  );
  if (activation.kind === "topk" || activation.kind === "batchtopk") {
    checkCount(activation.k, "k", task);
    if (activation.k > latentCount) {
      throw new RangeError(`Cannot ${task}: k ${activation.k} exceeds latentCount ${latentCount}`);
    }
  }
  if (activation.kind === "jumprelu") {
    const { threshold } = activation;
    if (threshold?.length !== latentCount) {
      throw new RangeError(
        `Cannot ${task}: threshold has ${threshold?.length} elements but latentCount is ${latentCount}`,
      );
    }
    const bad = threshold.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new RangeError(`Cannot ${task}: threshold[${bad}] is ${threshold[bad]}`);
    }
  }
}

function checkPenalty(penalty: Penalty, task: string): void {
  oneOf(penalty.kind, ["log", "l1", "none"], "penalty.kind", task);
  if (penalty.kind === "none") return;
  if (!(penalty.coefficient >= 0 && penalty.coefficient < Infinity)) {
    throw new RangeError(
      `Cannot ${task}: the penalty's coefficient must be at least 0 but is ${penalty.coefficient}`,
    );
  }
  if (penalty.kind === "log" && !((penalty.epsilon ?? 0.1) > 0 && penalty.epsilon !== Infinity)) {
    throw new RangeError(
      `Cannot ${task}: the penalty's epsilon must be positive but is ${penalty.epsilon}`,
    );
  }
}

/** Throws a TypeError unless `value` is one of `allowed` or undefined. */
export function oneOf(
  value: string | undefined,
  allowed: readonly string[],
  name: string,
  task: string,
): void {
  if (value !== undefined && !allowed.includes(value)) {
    const list = allowed.map((word) => `"${word}"`).join(", ");
    throw new TypeError(`Cannot ${task}: ${name} must be one of ${list} but is "${value}"`);
  }
}
