/**
 * The options of the Matryoshka loss, checked and turned into what kernels take.
 *
 * @module
 */
import { checkArray, checkBoolean, checkNumber, checkOneOf } from "../base/checks.ts";
import {
  type Activation,
  resolveActivation,
  type ResolvedActivation,
} from "../model/activation.ts";
import { type Penalty, type ResolvedPenalty, resolvePenalty } from "../model/penalty.ts";
import { checkPrefixes } from "../model/prefixes.ts";
import type { AskedAlgorithm } from "./algorithm_choice.ts";

/** The kind of loss: its options without the prefixes. */
export interface LossKind {
  /** Weight w_j of each prefix's term, one per prefix; 1 by default. */
  readonly prefixWeights?: ArrayLike<number>;
  /** The function applied to the encoder's product. Default `{kind: "relu"}`. */
  readonly activation?: Activation;
  /** The sparsity penalty. Default `{kind: "none"}`, because no coefficient suits every problem. */
  readonly penalty?: Penalty;
  /** ρ = 1 for "sum" (default), 1/P for "mean" (the author's code). */
  readonly prefixReduction?: "sum" | "mean";
  /**
   * Squared error averaged over features ("mean", default), summed ("sum"), or summed and divided by the variance of
   * the batch ("variance").
   */
  readonly squaredError?: "mean" | "sum" | "variance";
  /** Whether the encoder sees x − c instead of x. Default false. */
  readonly subtractDecoderBias?: boolean;
}

/** Options of `matryoshkaLoss`. */
export interface LossOptions extends LossKind {
  /** Prefix lengths p_0 < … < p_{P−1} = N. */
  readonly prefixes: ArrayLike<number>;
  /**
   * "dense" keeps all [B, N] activations, "sparse" only the active ones; the results agree up to rounding.
   * "auto" (default) is sparse for topk, batchtopk and jumprelu. Identity is always computed densely.
   */
  readonly algorithm?: AskedAlgorithm;
  /** @deprecated The former name of `algorithm`. */
  readonly path?: AskedAlgorithm;
}

/** The keys of {@linkcode LossOptions}. */
export const LOSS_KEYS: readonly string[] = /* @__PURE__ */ Object.keys(
  {
    prefixes: true,
    prefixWeights: true,
    activation: true,
    penalty: true,
    prefixReduction: true,
    squaredError: true,
    subtractDecoderBias: true,
    algorithm: true,
    path: true,
  } satisfies Record<keyof LossOptions, true>,
);

/** Options as kernels take them, checked. */
export interface ResolvedLoss extends ResolvedActivation, ResolvedPenalty {
  readonly squaredError: "mean" | "sum" | "variance";
  readonly prefixReduction: "sum" | "mean";
  readonly prefixWeights?: readonly number[];
  readonly subtractDecoderBias: boolean;
  /**
   * Returns ρ w_j for P prefixes.
   *
   * @throws {RangeError} if there are not P weights: `task` could not be done.
   */
  weights(prefixCount: number, task: string): Float64Array;
}

/** Checks the options against the number of latents. Other keys, such as those of a trainer, are ignored. */
export function resolveLoss(options: LossKind, latentCount: number, task: string): ResolvedLoss {
  const {
    activation = { kind: "relu" },
    penalty = { kind: "none" },
    prefixReduction = "sum",
    squaredError = "mean",
    subtractDecoderBias = false,
  } = options;
  const resolvedActivation = resolveActivation(activation, latentCount, task);
  const resolvedPenalty = resolvePenalty(penalty, task);
  const prefixWeights = resolveWeights(options.prefixWeights, task);
  return {
    ...resolvedActivation,
    ...resolvedPenalty,
    squaredError: checkOneOf(
      squaredError,
      ["mean", "sum", "variance"],
      "squaredError",
      task,
    ),
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

/** Checks prefixes and returns them with their weights; with `biasPrefix` the first one is c alone. */
export function resolvePrefixes(
  loss: ResolvedLoss,
  prefixes: ArrayLike<number>,
  latentCount: number,
  task: string,
  biasPrefix = false,
): { bounds: Uint32Array; weights: Float64Array } {
  checkPrefixes(prefixes, latentCount, task);
  const bounds = Uint32Array.from(biasPrefix ? [0, ...Array.from(prefixes)] : prefixes);
  return { bounds, weights: loss.weights(bounds.length, task) };
}

/** Returns the weights of the penalty by prefix, from those of the error. */
export function penaltyWeights(loss: ResolvedLoss, weights: ArrayLike<number>): Float64Array {
  if (loss.penaltyOver === "prefixes") return Float64Array.from(weights);
  const last = weights.length - 1;
  return Float64Array.from(weights, (_, j) => j === last ? 1 : 0);
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
