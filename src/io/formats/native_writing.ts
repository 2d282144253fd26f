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
  const { parameters } = sae;
  checkParameters(parameters, task);
  const { inputSize, latentCount } = parameters;
  checkDescription(sae, latentCount, latentCount, task);
  const shapes = nativeShapes(sae, inputSize, latentCount);
  const tensors: Record<string, TensorData> = Object.fromEntries(
    Object.entries(nativeArrays(sae)).map(([name, data]) => [name, { shape: shapes[name], data }]),
  );
  return encodeSafetensors(tensors, nativeMetadata(sae));
}

/** Returns the tensors of a file by their names, those of jumprelu with θ. */
export function nativeArrays({ parameters, activation }: Sae): Record<string, Float32Array> {
  return {
    ...Object.fromEntries(PARAMETER_NAMES.map((name) => [name, parameters[name]])),
    ...activation.kind === "jumprelu" && { threshold: activation.threshold },
  };
}

/** Returns the shapes of the tensors of a file with N latents. */
export function nativeShapes(
  { activation }: Pick<Sae, "activation">,
  inputSize: number,
  latentCount: number,
): Record<string, readonly number[]> {
  return {
    ...parameterShapes(inputSize, latentCount),
    ...activation.kind === "jumprelu" && { threshold: [latentCount] },
  };
}

/** Returns the metadata of a file. */
export function nativeMetadata(sae: NativeSae): Record<string, string> {
  return {
    format: NATIVE_FORMAT,
    version: NATIVE_VERSION,
    activation: JSON.stringify({ ...sae.activation, threshold: undefined }),
    subtractDecoderBias: JSON.stringify(sae.subtractDecoderBias),
    prefixes: JSON.stringify(sae.prefixes),
    inputScale: JSON.stringify(sae.inputScale),
    createdBy: sae.createdBy,
    // Left out by default, as in files that are older than these keys.
    ...sae.inputNormalization && sae.inputNormalization.kind !== "none" &&
      { inputNormalization: JSON.stringify(sae.inputNormalization) },
    ...sae.training && { training: JSON.stringify(sae.training) },
    ...knownNames(sae),
  };
}

/** Returns an autoencoder of N latents as files hold it. If its prefixes are unknown, it has one of all latents. */
export function nativeSae(sae: Sae, latentCount: number): NativeSae {
  const { parameters, activation, subtractDecoderBias } = sae;
  return {
    parameters,
    activation,
    subtractDecoderBias,
    prefixes: sae.prefixes ?? [latentCount],
    inputScale: sae.inputScale ?? 1,
    createdBy: sae.createdBy ?? "unknown",
    inputNormalization: sae.inputNormalization,
    training: sae.training,
    ...knownNames(sae),
  };
}

/** Encodes the file of an autoencoder. */
export function encodeNative(sae: Sae): Record<string, Uint8Array> {
  return { "sae.safetensors": encodeNativeSae(nativeSae(sae, sae.parameters.latentCount)) };
}
