/**
 * What a file of any format says about an autoencoder.
 *
 * @module
 */
import { checkBoolean, checkNumber, checkObject, checkOneOf } from "../base/checks.ts";
import { prefixesWithin, prefixOfActivation, prefixOfParameters } from "./latent_prefix.ts";
import { type Activation, resolveActivation } from "./activation.ts";
import { checkParameters, type SaeParameters } from "./parameters.ts";
import { checkPrefixes } from "./prefixes.ts";

/**
 * The formats that are read: this package's own, and those of SAELens, dictionary_learning, sparsify,
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
 * What happens to a row x before the encoder and cannot be folded into weights. "layerNorm":
 * (x − mean) / (std + epsilon), std with d − 1 below; "rowNorm": x √d / ‖x‖; both are undone after the
 * decoder. "meanNorm": all rows were multiplied by one number, so that their mean norm was √d; the file
 * does not hold that number.
 */
export type InputNormalization =
  | { readonly kind: "none" }
  | { readonly kind: "layerNorm"; readonly epsilon: number }
  | { readonly kind: "rowNorm" }
  | { readonly kind: "meanNorm" };

/** How an autoencoder was trained: for people to read, nothing is computed from it. */
export interface TrainingFacts {
  /** The preset that the options began with: `"authorCode"`. */
  readonly preset?: string;
  /** The options, as JSON. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** The versions of the programs that took part. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** An autoencoder: everything it takes to run it. */
export interface Sae {
  /** The parameters, latent-major. */
  readonly parameters: SaeParameters;
  /** What follows the encoder's product. */
  readonly activation: Activation;
  /** Whether the encoder sees x − c instead of x. */
  readonly subtractDecoderBias: boolean;
  /** The prefix lengths it was trained with, or how many were drawn at each step; none if not known. */
  readonly prefixes?: readonly number[] | number;
  /** What happens to a row before all this, by default nothing. */
  readonly inputNormalization?: InputNormalization;
  /** What inputs were multiplied by in training, if known; already folded into the parameters. */
  readonly inputScale?: number;
  /** The program that made it, if known. */
  readonly createdBy?: string;
  /** How it was trained, if known. Only this package's own format keeps it. */
  readonly training?: TrainingFacts;
}

/** Where an autoencoder came from. */
export interface SaeSourceFacts {
  /** The format of its files. */
  readonly format: SaeFormat;
  /** What that library calls such an autoencoder: `"jumprelu"`, `"AutoEncoderTopK"`. */
  readonly kind: string;
  /** The format of the encoder's values in the file: F16, BF16, F32 or F64. */
  readonly dtype: string;
  /** The configuration that came with it, as it stands there. It is not checked. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** An autoencoder that was read. */
export interface LoadedSae extends Sae {
  /** What happens to a row before the encoder. */
  readonly inputNormalization: InputNormalization;
  /** Where it came from. */
  readonly source: SaeSourceFacts;
}

/** Throws unless everything fits together; the numbers may come from anywhere. */
export function checkSae(sae: Sae, task: string): void {
  checkParameters(sae.parameters, task);
  const { latentCount } = sae.parameters;
  resolveActivation(sae.activation, latentCount, task);
  if (sae.subtractDecoderBias !== undefined) {
    checkBoolean(sae.subtractDecoderBias, "subtractDecoderBias", task);
  }
  if (Array.isArray(sae.prefixes)) checkPrefixes(sae.prefixes, latentCount, task);
  if (sae.inputNormalization !== undefined) checkInputNormalization(sae.inputNormalization, task);
}

/** Throws unless it is one of the kinds, with what the kind needs. */
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
  const { parameters, activation, prefixes } = sae;
  if (p === parameters.latentCount) return sae;
  return {
    ...sae,
    parameters: prefixOfParameters(parameters, p),
    activation: prefixOfActivation(activation, p),
    ...prefixes !== undefined && { prefixes: prefixesWithin(prefixes, p) },
  };
}
