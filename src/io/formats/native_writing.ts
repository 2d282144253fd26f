/**
 * Writes the package's own files.
 *
 * @module
 */
import { checkParameters, PARAMETER_NAMES, parameterShapes } from "../../model/parameters.ts";
import type { Sae } from "../../model/sae.ts";
import { encodeSafetensors, type TensorData } from "../arrays/safetensors.ts";
import {
  checkDescription,
  NATIVE_FORMAT,
  NATIVE_VERSION,
  type NativeSae,
} from "./native_layout.ts";
import { knownNames } from "./origin_names.ts";

/**
 * Encodes the file of an autoencoder: the tensors `encoder`, `encoderBias`, `decoder` and `decoderBias` in float32,
 * and `threshold` for jumprelu. The same autoencoder gives the same bytes.
 *
 * @throws {RangeError | TypeError} if a length is wrong or a value is not finite.
 */
export function encodeNativeSae(sae: NativeSae): Uint8Array {
  const task = "encode the autoencoder";
  const { parameters, activation } = sae;
  checkParameters(parameters, task);
  const { inputSize, latentCount } = parameters;
  checkDescription(sae, latentCount, latentCount, task);
  const shapes = parameterShapes(inputSize, latentCount);
  const tensors: Record<string, TensorData> = Object.fromEntries(
    PARAMETER_NAMES.map((name) => [name, { shape: shapes[name], data: parameters[name] }]),
  );
  if (activation.kind === "jumprelu") {
    tensors.threshold = { shape: [latentCount], data: activation.threshold };
  }
  return encodeSafetensors(tensors, {
    format: NATIVE_FORMAT,
    version: NATIVE_VERSION,
    activation: JSON.stringify({ ...activation, threshold: undefined }),
    subtractDecoderBias: JSON.stringify(sae.subtractDecoderBias),
    prefixes: JSON.stringify(sae.prefixes),
    inputScale: JSON.stringify(sae.inputScale),
    createdBy: sae.createdBy,
    // Left out by default, as in files that are older than these keys.
    ...sae.inputNormalization && sae.inputNormalization.kind !== "none" &&
      { inputNormalization: JSON.stringify(sae.inputNormalization) },
    ...sae.training && { training: JSON.stringify(sae.training) },
    ...knownNames(sae),
  });
}

/** Encodes the file of an autoencoder. If its prefixes are unknown, the file has one of all latents. */
export function encodeNative(sae: Sae): Record<string, Uint8Array> {
  const { parameters, activation, subtractDecoderBias } = sae;
  return {
    "sae.safetensors": encodeNativeSae({
      parameters,
      activation,
      subtractDecoderBias,
      prefixes: sae.prefixes ?? [parameters.latentCount],
      inputScale: sae.inputScale ?? 1,
      createdBy: sae.createdBy ?? "unknown",
      inputNormalization: sae.inputNormalization,
      training: sae.training,
      ...knownNames(sae),
    }),
  };
}
