/**
 * The description of an autoencoder, common to the files of all formats.
 *
 * @module
 */
import { checkBoolean, checkNumber, checkObject, checkOneOf, wrongKind } from "../base/checks.ts";
import {
  prefixesWithin,
  prefixOfActivation,
  prefixOfParameters,
  prefixOfSelection,
} from "./latent_prefix.ts";
import { type Activation, resolveActivation } from "./activation.ts";
import { checkParameters, type SaeParameters } from "./parameters.ts";
import { checkPrefixes } from "./prefixes.ts";

/**
 * The formats of files: this package's own, and those of SAELens, dictionary_learning, sparsify,
 * Gemma Scope and OpenAI's sparse_autoencoder.
 */
export type SaeFormat =
  | "native"
  | "saelens"
  | "dictionary_learning"
  | "sparsify"
  | "gemma_scope"
  | "openai";

/** All of {@linkcode SaeFormat}. */
export const SAE_FORMATS: readonly SaeFormat[] = [
  "native",
  "saelens",
  "dictionary_learning",
  "sparsify",
  "gemma_scope",
  "openai",
];

/**
 * The normalization of a row x before the encoder, where it cannot be folded into weights. "layerNorm" is
 * (x − mean) / (std + epsilon), where std divides by d − 1, and "rowNorm" is x √d / ‖x‖; the decoder's output is
 * restored to the units of x. "meanNorm" means that training multiplied all rows by one number, so that their mean
 * norm was √d, and that the file does not hold this number.
 */
export type InputNormalization =
  | { readonly kind: "none" }
  | { readonly kind: "layerNorm"; readonly epsilon: number }
  | { readonly kind: "rowNorm" }
  | { readonly kind: "meanNorm" };

/** Notes on how an autoencoder was trained, for readers: no computation uses them. */
export interface TrainingFacts {
  /** The preset that the options began with: `"authorCode"`. */
  readonly preset?: string;
  /** The options, as JSON. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** The fingerprint of the autoencoder that training began with, if it did not begin with random parameters. */
  readonly startedFrom?: string;
  /** The versions of the programs that trained and saved it. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** A top-k selection, with the number of latents that it keeps per row. */
export interface TrainedSelection {
  /** "topk" selects in each row, "batchtopk" among all rows of a batch. */
  readonly kind: "topk" | "batchtopk";
  /** The latents kept per row, on average over a batch for "batchtopk". */
  readonly k: number;
}

/** An autoencoder with everything needed to run it. */
export interface Sae {
  /** The parameters, latent-major. */
  readonly parameters: SaeParameters;
  /** The function applied to the encoder's product. */
  readonly activation: Activation;
  /**
   * The top-k selection that it was trained with, where `activation` is the jumprelu that replaces it: see
   * `jumpReluOf`. No computation of codes uses it. Files of this package keep it, and batch top-k files of
   * dictionary_learning and SAELens have it.
   */
  readonly trainedActivation?: TrainedSelection;
  /** Whether the encoder sees x − c instead of x. */
  readonly subtractDecoderBias: boolean;
  /** The prefix lengths of the training, or how many were drawn at each step; undefined if unknown. */
  readonly prefixes?: readonly number[] | number;
  /** The normalization of a row before the encoder, by default none. */
  readonly inputNormalization?: InputNormalization;
  /** The factor by which training scaled inputs, if known; the parameters already include it. */
  readonly inputScale?: number;
  /** The model whose activations it takes, if known: `"gpt2-small"`. */
  readonly modelName?: string;
  /** The point in the model where these activations are taken, if known: `"blocks.8.hook_resid_pre"`. */
  readonly hookName?: string;
  /** The program that made it, if known. */
  readonly createdBy?: string;
  /** How it was trained, if known. Only this package's own format keeps it. */
  readonly training?: TrainingFacts;
}

/** The origin of an autoencoder. */
export interface SaeSourceFacts {
  /** The format of its files. */
  readonly format: SaeFormat;
  /** The name of such an autoencoder in its library: `"jumprelu"`, `"AutoEncoderTopK"`. */
  readonly kind: string;
  /** The format of the encoder's values in the file: F16, BF16, F32 or F64. */
  readonly dtype: string;
  /** The configuration in its files, unchecked. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** An autoencoder that was read from a file. */
export interface LoadedSae extends Sae {
  /** The normalization of a row before the encoder. */
  readonly inputNormalization: InputNormalization;
  /** The origin of the autoencoder. */
  readonly source: SaeSourceFacts;
}

/** Throws unless the parts of an autoencoder, which may come from anywhere, fit together. */
export function checkSae(sae: Sae, task: string): void {
  checkParameters(sae.parameters, task);
  const { latentCount } = sae.parameters;
  resolveActivation(sae.activation, latentCount, task);
  checkTrainedActivation(sae.trainedActivation, sae.activation, latentCount, task);
  if (sae.subtractDecoderBias !== undefined) {
    checkBoolean(sae.subtractDecoderBias, "subtractDecoderBias", task);
  }
  checkName(sae.modelName, "modelName", task);
  checkName(sae.hookName, "hookName", task);
  if (Array.isArray(sae.prefixes)) checkPrefixes(sae.prefixes, latentCount, task);
  if (sae.inputNormalization !== undefined) checkInputNormalization(sae.inputNormalization, task);
}

/** Throws unless a recorded selection is undefined, or one that jumprelu can replace. */
export function checkTrainedActivation(
  trained: TrainedSelection | undefined,
  activation: Activation,
  latentCount: number,
  task: string,
): void {
  if (trained === undefined) return;
  checkObject(trained, "trainedActivation", task, 'an object like {kind: "batchtopk", k: 32}');
  checkOneOf(trained.kind, ["topk", "batchtopk"], "trainedActivation.kind", task);
  resolveActivation(trained, latentCount, task);
  if (activation.kind === "jumprelu") return;
  throw new RangeError(
    `Cannot ${task}: trainedActivation is "${trained.kind}", which needs activation "jumprelu" but it is ` +
      `"${activation.kind}"`,
  );
}

/** Throws a TypeError unless a name is text or undefined. */
export function checkName(value: unknown, name: string, task: string): void {
  if (value !== undefined && typeof value !== "string") {
    throw wrongKind(value, name, "a string", task);
  }
}

/** Throws unless a normalization has a known kind and the numbers that this kind needs. */
export function checkInputNormalization(normalization: InputNormalization, task: string): void {
  checkObject(normalization, "inputNormalization", task, 'an object like {kind: "rowNorm"}');
  const kinds = ["none", "layerNorm", "rowNorm", "meanNorm"] as const;
  checkOneOf(normalization.kind, kinds, "inputNormalization.kind", task);
  if (normalization.kind !== "layerNorm") return;
  checkNumber(normalization.epsilon, "inputNormalization.epsilon", task, { least: 0 });
}

/**
 * Cuts an autoencoder to its first p latents: its parameters, thresholds and list of prefixes.
 *
 * @param sae The whole autoencoder.
 * @param p The number of latents to keep.
 *
 * @example
 * ```ts
 * import { initialParameters, prefixOfSae, Random } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const sae = {
 *   parameters: initialParameters(4, 12, Random.fromSeed(1)),
 *   activation: { kind: "relu" },
 *   subtractDecoderBias: false,
 *   prefixes: [3, 6, 12],
 * } as const;
 * const first = prefixOfSae(sae, 6);
 * assertEquals([first.parameters.latentCount, first.prefixes], [6, [3, 6]]);
 * ```
 */
export function prefixOfSae<Some extends Sae>(sae: Some, p: number): Some {
  const { parameters, activation, trainedActivation, prefixes } = sae;
  if (p === parameters.latentCount) return sae;
  return {
    ...sae,
    parameters: prefixOfParameters(parameters, p),
    activation: prefixOfActivation(activation, p),
    ...trainedActivation && { trainedActivation: prefixOfSelection(trainedActivation, p) },
    ...prefixes !== undefined && { prefixes: prefixesWithin(prefixes, p) },
  };
}
