/**
 * The layout of the package's own files: safetensors with the parameters, and metadata that says how to run them.
 *
 * @module
 */
import { checkBoolean, checkInteger, checkNumber, checkObject } from "../../base/checks.ts";
import { type Activation, resolveActivation } from "../../model/activation.ts";
import type { SaeParameters } from "../../model/parameters.ts";
import { checkPrefixes } from "../../model/prefixes.ts";
import {
  checkInputNormalization,
  checkName,
  checkTrainedActivation,
  type InputNormalization,
  type TrainedSelection,
  type TrainingFacts,
} from "../../model/sae.ts";

/** The format that the metadata of the package's own files names. */
export const NATIVE_FORMAT = "matryoshka-sae";
/** The version of {@linkcode NATIVE_FORMAT} with weights in floats. */
export const NATIVE_VERSION = "1";
/** The version with weights in int8, which readers of version 1 refuse. */
export const INT8_VERSION = "2";

/**
 * The arrays [N] that a file has beside weights in int8: the scale of each row, and for `errorBounds` the norms ‖E_i‖
 * and ‖E_i − Ê_i‖ of the encoder E that was quantised to Ê.
 */
export const INT8_NAMES: readonly [
  "encoderScale",
  "decoderScale",
  "encoderNorm",
  "encoderErrorNorm",
] = ["encoderScale", "decoderScale", "encoderNorm", "encoderErrorNorm"];

/** The arrays of {@linkcode INT8_NAMES}. */
export type Int8Arrays = { readonly [Name in (typeof INT8_NAMES)[number]]: Float32Array };

/** An autoencoder as the package's own files hold it. */
export interface NativeSae {
  /** The parameters, on raw activations. */
  readonly parameters: SaeParameters;
  /** What follows the encoder's product. */
  readonly activation: Activation;
  /** The top-k selection of the training, where the activation is the jumprelu that replaces it. */
  readonly trainedActivation?: TrainedSelection;
  /** Whether the encoder sees x − c instead of x. */
  readonly subtractDecoderBias: boolean;
  /** The prefix lengths used in training, or how many were drawn at each step. */
  readonly prefixes: readonly number[] | number;
  /** The factor that scaled inputs in training; it is folded into the parameters. */
  readonly inputScale: number;
  /** The program that wrote it, with its version. */
  readonly createdBy: string;
  /** How a row is normalised before the encoder; by default it is not. */
  readonly inputNormalization?: InputNormalization;
  /** How it was trained, if known. */
  readonly training?: TrainingFacts;
  /** The model whose activations it takes, if known. */
  readonly modelName?: string;
  /** The point in the model where these activations are taken, if known. */
  readonly hookName?: string;
}

/** Checks everything but the parameters. It may come from metadata, and so be any JSON. */
export function checkDescription(
  sae: Omit<NativeSae, "parameters">,
  activationCount: number,
  latentCount: number,
  task: string,
): void {
  const { activation, subtractDecoderBias, prefixes, inputScale, inputNormalization } = sae;
  resolveActivation(activation, activationCount, task);
  checkTrainedActivation(sae.trainedActivation, activation, latentCount, task);
  checkBoolean(subtractDecoderBias, "subtractDecoderBias", task);
  if (Array.isArray(prefixes)) checkPrefixes(prefixes, latentCount, task);
  else checkInteger(prefixes, "prefixes", task);
  checkNumber(inputScale, "inputScale", task, { above: 0 });
  if (inputNormalization !== undefined) checkInputNormalization(inputNormalization, task);
  if (sae.training !== undefined) checkObject(sae.training, "training", task);
  checkName(sae.modelName, "modelName", task);
  checkName(sae.hookName, "hookName", task);
}
