/**
 * The package's own files: safetensors with the parameters, and in the metadata all that it takes to run them.
 *
 * @module
 */
import { checkBoolean, checkInteger, checkNumber, checkObject } from "../../base/checks.ts";
import { type Activation, resolveActivation } from "../../model/activation.ts";
import type { SaeParameters } from "../../model/parameters.ts";
import { checkPrefixes } from "../../model/prefixes.ts";
import {
  checkInputNormalization,
  type InputNormalization,
  type TrainingFacts,
} from "../../model/sae.ts";

/** What the metadata of the package's own files says they are. */
export const NATIVE_FORMAT = "matryoshka-sae";
/** The version of {@linkcode NATIVE_FORMAT}. */
export const NATIVE_VERSION = "1";

/** An autoencoder as it is kept in a file. */
export interface NativeSae {
  /** The parameters, on raw activations. */
  readonly parameters: SaeParameters;
  /** What follows the encoder's product. */
  readonly activation: Activation;
  /** Whether the encoder sees x − c instead of x. */
  readonly subtractDecoderBias: boolean;
  /** The prefix lengths it was trained with, or how many were drawn at each step. */
  readonly prefixes: readonly number[] | number;
  /** What inputs were multiplied by in training; already folded into the parameters. */
  readonly inputScale: number;
  /** The program that wrote it, with its version. */
  readonly createdBy: string;
  /** What happens to a row before the encoder, by default nothing. */
  readonly inputNormalization?: InputNormalization;
  /** How it was trained, if known. */
  readonly training?: TrainingFacts;
}

/** Checks what came from metadata, and so may be anything that JSON can say. */
export function checkDescription(
  sae: Omit<NativeSae, "parameters">,
  activationCount: number,
  latentCount: number,
  task: string,
): void {
  const { activation, subtractDecoderBias, prefixes, inputScale, inputNormalization } = sae;
  resolveActivation(activation, activationCount, task);
  checkBoolean(subtractDecoderBias, "subtractDecoderBias", task);
  if (Array.isArray(prefixes)) checkPrefixes(prefixes, latentCount, task);
  else checkInteger(prefixes, "prefixes", task);
  checkNumber(inputScale, "inputScale", task, { above: 0 });
  if (inputNormalization !== undefined) checkInputNormalization(inputNormalization, task);
  if (sae.training !== undefined) checkObject(sae.training, "training", task);
}
