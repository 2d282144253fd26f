/**
 * The options of the Matryoshka loss and the numbers that kernels make of them.
 *
 * @module
 */
import type { Selection } from "../../kernels/encode_sparse.ts";
import type { PenaltyConstants } from "../../kernels/penalty.ts";
import {
  checkArray,
  checkBoolean,
  checkFinite,
  checkFloats,
  checkInteger,
  checkNumber,
  checkObject,
  checkOneOf,
} from "../base/checks.ts";
import { checkPrefixes } from "./prefixes.ts";

/**
 * What follows x Eᵀ + b. "topk" keeps the k largest of each row, "batchtopk" the k·B largest of the
 * batch (both after relu, ties to the lower index), "jumprelu" what exceeds max(threshold_i, 0). θ of
 * jumprelu is given and stays as it is: it gets no gradient and is not trained.
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

/** How a step is to be computed: see `LossOptions.algorithm`. */
export type AskedAlgorithm = "auto" | "dense" | "sparse";

/** Everything about the loss but the prefixes. */
export interface LossKind {
  /** Weight w_j of each prefix's term; 1 by default. As many as there are prefixes. */
  readonly prefixWeights?: ArrayLike<number>;
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
  readonly prefixes: ArrayLike<number>;
  /**
   * How to compute: "dense" keeps [B, N] activations, "sparse" only the active ones. The results are
   * the same up to rounding. "auto" (default) is sparse for topk, batchtopk and jumprelu; identity is
   * dense whatever is asked for.
   */
  readonly algorithm?: AskedAlgorithm;
  /** @deprecated The former name of `algorithm`. */
  readonly path?: AskedAlgorithm;
}

/** Options as kernels take them, checked. */
export interface ResolvedLoss {
  readonly selection: Selection;
  readonly k: number;
  readonly threshold?: Float32Array;
  readonly penalty: PenaltyConstants;
  readonly coefficient: number;
  readonly squaredError: "mean" | "sum";
  readonly prefixReduction: "sum" | "mean";
  readonly prefixWeights?: readonly number[];
  readonly subtractDecoderBias: boolean;
  /** ρ w_j for P prefixes; `task` is what could not be done if there are not as many weights. */
  weights(prefixCount: number, task: string): Float64Array;
}

/** Checks the options against the number of latents. */
export function resolveLoss(options: LossKind, latentCount: number, task: string): ResolvedLoss {
  const {
    activation = { kind: "relu" },
    penalty = { kind: "none" },
    prefixReduction = "sum",
    squaredError = "mean",
    subtractDecoderBias = false,
  } = options;
  checkActivation(activation, latentCount, task);
  checkPenalty(penalty, task);
  const { epsilon = 0.1, subtractLogEpsilon = false } = penalty.kind === "log" ? penalty : {};
  const prefixWeights = resolveWeights(options.prefixWeights, task);
  return {
    selection: activation.kind,
    k: "k" in activation ? activation.k : 0,
    threshold: "threshold" in activation ? activation.threshold : undefined,
    penalty: { penalty: penalty.kind, epsilon, subtractLogEpsilon },
    coefficient: penalty.kind === "none" ? 0 : penalty.coefficient,
    squaredError: checkOneOf(squaredError, ["mean", "sum"], "squaredError", task),
    prefixReduction: checkOneOf(prefixReduction, ["sum", "mean"], "prefixReduction", task),
    prefixWeights,
    subtractDecoderBias: checkBoolean(subtractDecoderBias, "subtractDecoderBias", task),
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
  prefixes: ArrayLike<number>,
  latentCount: number,
  task: string,
): { bounds: Uint32Array; weights: Float64Array } {
  checkPrefixes(prefixes, latentCount, task);
  return { bounds: Uint32Array.from(prefixes), weights: loss.weights(prefixes.length, task) };
}

/** Checks the weights and copies them, so that the caller may go on using the array. */
function resolveWeights(
  weights: ArrayLike<number> | undefined,
  task: string,
): readonly number[] | undefined {
  if (weights === undefined) return undefined;
  checkArray(weights, "prefixWeights", task);
  return Array.from(
    weights,
    (weight, j) => checkNumber(weight, `prefixWeights[${j}]`, task, { least: 0 }),
  );
}

function checkActivation(activation: Activation, latentCount: number, task: string): void {
  checkObject(activation, "activation", task, 'an object like {kind: "relu"}');
  const kinds = ["relu", "identity", "topk", "batchtopk", "jumprelu"] as const;
  checkOneOf(activation.kind, kinds, "activation.kind", task);
  if (activation.kind === "topk" || activation.kind === "batchtopk") {
    checkInteger(activation.k, "k", task);
    if (activation.k > latentCount) {
      throw new RangeError(`Cannot ${task}: k ${activation.k} exceeds latentCount ${latentCount}`);
    }
  }
  if (activation.kind === "jumprelu") {
    const { threshold } = activation;
    checkFloats(threshold, "threshold", task);
    if (threshold.length !== latentCount) {
      throw new RangeError(
        `Cannot ${task}: threshold has ${threshold.length} elements but latentCount is ${latentCount}`,
      );
    }
    checkFinite(threshold, "threshold", task);
  }
}

function checkPenalty(penalty: Penalty, task: string): void {
  checkObject(penalty, "penalty", task, 'an object like {kind: "l1", coefficient: 0.1}');
  checkOneOf(penalty.kind, ["log", "l1", "none"], "penalty.kind", task);
  if (penalty.kind === "none") return;
  checkNumber(penalty.coefficient, "penalty.coefficient", task, { least: 0 });
  if (penalty.kind === "l1") return;
  const { epsilon = 0.1, subtractLogEpsilon = false } = penalty;
  checkNumber(epsilon, "penalty.epsilon", task, { above: 0 });
  checkBoolean(subtractLogEpsilon, "penalty.subtractLogEpsilon", task);
}
