/**
 * Writes the package's own files.
 *
 * @module
 */
import {
  checkParameters,
  PARAMETER_NAMES,
  parameterShapes,
  type SaeParameters,
} from "../../model/parameters.ts";
import type { Sae } from "../../model/sae.ts";
import { encodeFloats, FLOAT_BYTES, type FloatDType } from "../arrays/floats.ts";
import { type EncodedTensor, joinTensors } from "../arrays/safetensors_writing.ts";
import { quantizeInt8 } from "./int8.ts";
import {
  checkDescription,
  INT8_VERSION,
  NATIVE_FORMAT,
  NATIVE_VERSION,
  type NativeSae,
} from "./native_layout.ts";
import { knownNames } from "./origin_names.ts";
import { checkRepresentable } from "./representable.ts";

/** The types in which the package's own files hold weights. */
export type NativeDType = "F16" | "BF16" | "F32" | "int8";

/** All of {@linkcode NativeDType}. */
export const NATIVE_DTYPES: readonly NativeDType[] = ["F16", "BF16", "F32", "int8"];

/**
 * Encodes the file of an autoencoder: the tensors `encoder`, `encoderBias`, `decoder` and `decoderBias`, and
 * `threshold` for jumprelu. The same autoencoder gives the same bytes.
 *
 * @param dtype The type of encoder and decoder, by default float32. All else is float32. "int8" adds a scale for each
 * row, and for the rows of the encoder their norms and those of the errors.
 * @throws {RangeError | TypeError} if a length is wrong, a value is not finite, or a weight does not fit the type.
 */
export function encodeNativeSae(
  sae: NativeSae,
  dtype: NativeDType = "F32",
  task: string = "encode the autoencoder",
): Uint8Array {
  const { parameters } = sae;
  checkParameters(parameters, task);
  const { inputSize, latentCount } = parameters;
  checkDescription(sae, latentCount, latentCount, task);
  const shapes = nativeShapes(sae, inputSize, latentCount);
  const tensors: Record<string, EncodedTensor> = {};
  for (const [name, data] of Object.entries(nativeArrays(sae))) {
    if (name !== "encoder" && name !== "decoder") tensors[name] = floats(data, shapes[name]);
    else if (dtype !== "int8") tensors[name] = floats(data, shapes[name], dtype);
    else Object.assign(tensors, integers(data, name, shapes[name], task));
  }
  if (dtype === "F16" || dtype === "BF16") checkWeights(parameters, dtype, task);
  const version = dtype === "int8" ? INT8_VERSION : NATIVE_VERSION;
  return joinTensors(tensors, { ...nativeMetadata(sae), version });
}

/** Throws a RangeError if a weight does not fit; biases and thresholds stay in float32. */
function checkWeights(parameters: SaeParameters, dtype: "F16" | "BF16", task: string): void {
  const none = new Float32Array(0);
  const weights = { ...parameters, encoderBias: none, decoderBias: none };
  checkRepresentable({ parameters: weights, activation: { kind: "relu" } }, dtype, task);
}

function floats(
  data: Float32Array,
  shape: readonly number[],
  dtype: FloatDType = "F32",
): EncodedTensor {
  const width = FLOAT_BYTES[dtype];
  const byteLength = width * data.length;
  return { dtype, shape, width, byteLength, bytes: () => encodeFloats(data, dtype) };
}

/** Returns the tensors of a matrix in int8. */
function integers(
  data: Float32Array,
  name: "encoder" | "decoder",
  shape: readonly number[],
  task: string,
): Record<string, EncodedTensor> {
  const quantized = quantizeInt8(data, shape[1], name, task);
  const perRow = [shape[0]];
  const bytes = new Uint8Array(quantized.integers.buffer);
  return {
    [name]: { dtype: "I8", shape, width: 1, byteLength: bytes.length, bytes: () => bytes },
    [`${name}Scale`]: floats(quantized.scale, perRow),
    ...name === "encoder" && {
      encoderNorm: floats(quantized.norm, perRow),
      encoderErrorNorm: floats(quantized.errorNorm, perRow),
    },
  };
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
    ...sae.trainedActivation && { trainedActivation: JSON.stringify(sae.trainedActivation) },
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
    trainedActivation: sae.trainedActivation,
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
export function encodeNative(
  sae: Sae,
  dtype: NativeDType,
  task: string,
): Record<string, Uint8Array> {
  const native = nativeSae(sae, sae.parameters.latentCount);
  return { "sae.safetensors": encodeNativeSae(native, dtype, task) };
}
