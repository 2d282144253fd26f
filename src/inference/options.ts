/**
 * The options of an autoencoder that is run, and what they come to.
 *
 * @module
 */
import { checkBoolean, checkInteger, checkObject } from "../base/checks.ts";
import { checkInputNormalization, type InputNormalization, type Sae } from "../model/sae.ts";
import {
  type Activation,
  resolveActivation,
  type ResolvedActivation,
} from "../model/activation.ts";
import { checkParameters, foldInputScale, type SaeParameters } from "../model/parameters.ts";
import { checkPrefixes } from "../model/prefixes.ts";

/** A block of activations, were it dense, has at most so many values: 16 MiB. */
const BLOCK_VALUES = 2 ** 22;
/** More rows make no backend faster. */
const MOST_BLOCK_ROWS = 1024;

/** Options of `SparseAutoencoder.fromParameters`. */
export interface InferenceOptions {
  /** What follows the encoder's product; `{kind: "relu"}` unless given. */
  readonly activation?: Activation;
  /** Whether the encoder sees x − c instead of x. Default false. */
  readonly subtractDecoderBias?: boolean;
  /**
   * What happens to a row before the encoder and is undone after the decoder; by default nothing.
   * "meanNorm" cannot be done to a row: fold its scale with `foldInputScale`.
   */
  readonly inputNormalization?: InputNormalization;
  /** The prefix lengths it was trained with, or how many were drawn at each step. For information only. */
  readonly prefixes?: readonly number[] | number;
  /** Rows computed at a time; by default as many as 2²² values of N or d fill, from 1 to 1024. */
  readonly blockRows?: number;
}

/** How much of the autoencoder to use. */
export interface PrefixOption {
  /** Only the first so many latents, from 1 to N; all of them by default. */
  readonly prefix?: number;
}

/** Options of `SparseAutoencoder.fromSae`. */
export interface FromSaeOptions {
  /**
   * What raw inputs are to be multiplied by, where the autoencoder was trained on rows of mean norm √d
   * (`inputNormalization.kind` is "meanNorm") and its file does not hold that number. It is folded into the weights.
   */
  readonly inputScale?: number;
  /** Rows computed at a time, see {@linkcode InferenceOptions}. */
  readonly blockRows?: number;
}

/** An autoencoder without its weights, checked. */
export interface ResolvedSae {
  readonly activation: Activation;
  readonly loss: ResolvedActivation & { readonly subtractDecoderBias: boolean };
  readonly inputNormalization: InputNormalization;
  readonly prefixes: readonly number[] | number | undefined;
  readonly blockRows: number;
}

/** Checks parameters and options. Arrays of the options are copied, so that the caller may go on using them. */
export function resolveSae(
  parameters: SaeParameters,
  options: InferenceOptions,
  task: string,
): ResolvedSae {
  checkParameters(parameters, task);
  checkObject(options, "options", task);
  const { inputSize, latentCount } = parameters;
  const { activation = { kind: "relu" }, subtractDecoderBias = false, prefixes } = options;
  const { selection, k, threshold } = resolveActivation(activation, latentCount, task);
  checkBoolean(subtractDecoderBias, "subtractDecoderBias", task);
  const kept = threshold?.slice();
  if (typeof prefixes === "number") checkInteger(prefixes, "prefixes", task);
  else if (prefixes !== undefined) checkPrefixes(prefixes, latentCount, task);
  const most = Math.floor(BLOCK_VALUES / Math.max(inputSize, latentCount));
  const blockRows = options.blockRows ?? Math.min(Math.max(most, 1), MOST_BLOCK_ROWS);
  return {
    activation: kept ? { kind: "jumprelu", threshold: kept } : { ...activation },
    loss: { selection, k, threshold: kept, subtractDecoderBias },
    inputNormalization: resolveNormalization(options.inputNormalization, inputSize, task),
    prefixes: typeof prefixes === "object" ? [...prefixes] : prefixes,
    blockRows: checkInteger(blockRows, "blockRows", task),
  };
}

function resolveNormalization(
  normalization: InputNormalization = { kind: "none" },
  inputSize: number,
  task: string,
): InputNormalization {
  checkInputNormalization(normalization, task);
  const { kind } = normalization;
  if (kind === "meanNorm") {
    throw new RangeError(
      `Cannot ${task}: "meanNorm" multiplies all rows by one number that is not given here: fold it into ` +
        "the parameters with foldInputScale, and leave inputNormalization out",
    );
  }
  if (kind !== "layerNorm") return { kind };
  if (inputSize === 1) {
    throw new RangeError(
      `Cannot ${task}: inputNormalization "layerNorm" needs rows of at least 2 values but inputSize is 1`,
    );
  }
  return { kind, epsilon: normalization.epsilon };
}

/** What `fromParameters` takes, of what a file says. */
export function runnableSae(
  sae: Sae,
  { inputScale, blockRows }: FromSaeOptions,
  task: string,
): InferenceOptions & { readonly parameters: SaeParameters } {
  const { parameters, activation, subtractDecoderBias, prefixes, inputNormalization } = sae;
  const common = { activation, subtractDecoderBias, prefixes, blockRows };
  const scaled = inputNormalization?.kind === "meanNorm";
  if (scaled && inputScale !== undefined) {
    return { ...common, parameters: foldInputScale(parameters, inputScale) };
  }
  if (!scaled && inputScale === undefined) return { ...common, parameters, inputNormalization };
  throw new RangeError(
    `Cannot ${task}: ` +
      (scaled
        ? 'its rows were scaled to a mean norm of √d ("meanNorm") by a number that its file does not hold: ' +
          "inputScale must be given but is undefined"
        : `inputScale is ${inputScale} but only a "meanNorm" autoencoder takes one`),
  );
}
