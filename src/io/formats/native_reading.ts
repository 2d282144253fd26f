/**
 * Reads the package's own files.
 *
 * @module
 */
import { checkFinite } from "../../base/checks.ts";
import type { Activation } from "../../model/activation.ts";
import {
  prefixesWithin,
  prefixOfActivation,
  prefixOfSelection,
} from "../../model/latent_prefix.ts";
import { checkParameters } from "../../model/parameters.ts";
import type {
  InputNormalization,
  LoadedSae,
  SaeSourceFacts,
  TrainedSelection,
  TrainingFacts,
} from "../../model/sae.ts";
import {
  readSafetensorsHeader,
  readTensor,
  type SafetensorsHeader,
} from "../arrays/safetensors.ts";
import { type ByteSource, readPieces } from "../sources/bytes.ts";
import { LARGEST_SCALE } from "./int8.ts";
import { checkDescription, INT8_NAMES, type Int8Arrays, type NativeSae } from "./native_layout.ts";
import { type NativeShape, nativeShape, parse, parseIfGiven } from "./native_header.ts";
import { knownNames } from "./origin_names.ts";
import { readMatrix, type StoredMatrix, weightBytes, type WeightDType } from "./stored_matrix.ts";
import type { Weights } from "./weights.ts";

/** Options of {@linkcode readNativeSae}. */
export interface NativeReading {
  /** The number of latents to read, the first rows of each tensor; by default all. */
  readonly prefix?: number;
  /** The header, if it has been read already. */
  readonly header?: SafetensorsHeader;
}

/** A file whose header has been read and checked. */
export interface NativeFile {
  readonly inputSize: number;
  /** The number of latents to read. */
  readonly latentCount: number;
  readonly encoder: StoredMatrix;
  readonly decoder: StoredMatrix;
  /** How a row is normalised before the encoder: unchecked, `rest` checks it. */
  readonly inputNormalization: InputNormalization | undefined;
  /** Reads everything but the two matrices, all arrays at once. */
  rest(): Promise<NativeRest>;
}

/** What a file holds besides its matrices. */
export interface NativeRest {
  readonly sae: Omit<NativeSae, "parameters">;
  readonly encoderBias: Float32Array;
  readonly decoderBias: Float32Array;
  /** With weights in int8. */
  readonly int8?: Int8Arrays;
}

/**
 * Opens a file that `encodeNativeSae` wrote. With a prefix of p latents only their rows will be read.
 *
 * @throws {RangeError} if a tensor is missing or has a wrong shape, or the prefix exceeds N.
 * @throws {TypeError} if the file has another format.
 */
export async function openNativeSae(
  source: ByteSource,
  options: NativeReading = {},
): Promise<NativeFile> {
  const task = `read the autoencoder of ${source.name}`;
  const header = options.header ?? await readSafetensorsHeader(source);
  const shape = nativeShape(header, options.prefix, task);
  const { inputSize, latentCount } = shape;
  const matrix = (name: "encoder" | "decoder"): StoredMatrix => {
    const { dtype, offset } = header.tensors.get(name)!;
    const weights = dtype as WeightDType;
    const byteLength = latentCount * inputSize * weightBytes(weights);
    return {
      name,
      task,
      dtype: weights,
      rows: latentCount,
      columns: inputSize,
      pieces: () => readPieces(source, offset, byteLength),
    };
  };
  return {
    inputSize,
    latentCount,
    encoder: matrix("encoder"),
    decoder: matrix("decoder"),
    inputNormalization: parseIfGiven(header, "inputNormalization", task),
    rest: () => readRest(source, header, shape, task),
  };
}

/** Reads everything but the two matrices. */
async function readRest(
  source: ByteSource,
  header: SafetensorsHeader,
  { latentCount, wholeCount, activation, names, int8 }: NativeShape,
  task: string,
): Promise<NativeRest> {
  const small = names.filter((name) => name !== "encoder" && name !== "decoder");
  const arrays = await allOf(
    small.map((name) =>
      readTensor(source, header, name, name === "decoderBias" ? {} : { to: latentCount })
    ),
  );
  for (const [n, name] of small.entries()) checkFinite(arrays[n], name, task);
  const read: Record<string, Float32Array> = Object.fromEntries(
    small.map((name, n) => [name, arrays[n]]),
  );
  const { encoderBias, decoderBias, threshold } = read;
  const prefixes = parse<number[] | number>(header, "prefixes", task);
  const inputNormalization = parseIfGiven<InputNormalization>(header, "inputNormalization", task);
  const training = parseIfGiven<TrainingFacts>(header, "training", task);
  const trained = parseIfGiven<TrainedSelection>(header, "trainedActivation", task);
  const described = {
    activation: threshold ? { ...activation, threshold } as Activation : activation,
    ...trained !== undefined && { trainedActivation: trained },
    subtractDecoderBias: parse<boolean>(header, "subtractDecoderBias", task),
    prefixes,
    inputScale: parse<number>(header, "inputScale", task),
    createdBy: header.metadata.createdBy ?? "unknown",
    ...inputNormalization !== undefined && { inputNormalization },
    ...training !== undefined && { training },
    ...knownNames(header.metadata),
  };
  // The metadata describes all latents, so it is checked before it is cut; θ has only the latents that were read.
  checkDescription(described, threshold ? latentCount : wholeCount, wholeCount, task);
  const sae = {
    ...described,
    activation: prefixOfActivation(described.activation, latentCount),
    ...trained && { trainedActivation: prefixOfSelection(trained, latentCount) },
    prefixes: latentCount < wholeCount ? prefixesWithin(prefixes, latentCount)! : prefixes,
  };
  return { sae, encoderBias, decoderBias, ...int8 && { int8: checkInt8(read, task) } };
}

/** Returns the arrays beside weights in int8; throws unless scales and norms can be what they are called. */
function checkInt8(read: Record<string, Float32Array>, task: string): Int8Arrays {
  for (const name of INT8_NAMES) {
    const most = name.endsWith("Scale") ? LARGEST_SCALE : Infinity;
    const bad = read[name].findIndex((value) => !(value >= 0 && value <= most));
    if (bad < 0) continue;
    throw new RangeError(
      `Cannot ${task}: element ${bad} of ${name} must be from 0 to ${most} but is ${
        read[name][bad]
      }`,
    );
  }
  const { encoderScale, decoderScale, encoderNorm, encoderErrorNorm } = read;
  return { encoderScale, decoderScale, encoderNorm, encoderErrorNorm };
}

/** Waits for all, even if one fails, so that none is pending afterwards. */
export async function allOf<T extends readonly unknown[] | []>(
  work: T,
): Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }> {
  await Promise.allSettled(work);
  return await Promise.all(work);
}

/**
 * Reads a file that `encodeNativeSae` wrote, its weights as float32. With a prefix of p latents only their rows are
 * read, one range of each tensor, concurrently.
 *
 * @throws {RangeError} if a tensor is missing, has a wrong shape or is not finite, or the prefix exceeds N.
 * @throws {TypeError} if the file has another format or invalid metadata.
 */
export async function readNativeSae(
  source: ByteSource,
  options: NativeReading = {},
): Promise<NativeSae> {
  const task = `read the autoencoder of ${source.name}`;
  const { inputSize, latentCount, encoder, decoder, rest } = await openNativeSae(source, options);
  const reading = rest();
  const scaleOf = ({ dtype }: StoredMatrix, name: "encoderScale" | "decoderScale") =>
    dtype === "I8" ? reading.then(({ int8 }) => int8![name]) : undefined;
  const [{ sae, encoderBias, decoderBias }, E, D] = await allOf([
    reading,
    readMatrix(encoder, scaleOf(encoder, "encoderScale")),
    readMatrix(decoder, scaleOf(decoder, "decoderScale")),
  ]);
  const parameters = { inputSize, latentCount, encoder: E, encoderBias, decoder: D, decoderBias };
  checkParameters(parameters, task);
  return { parameters, ...sae };
}

/** Reads a file that `encodeNativeSae` wrote; with a prefix, only its rows. */
export async function readNative(weights: Weights, prefix?: number): Promise<LoadedSae> {
  const { source, header } = weights;
  return {
    inputNormalization: { kind: "none" },
    ...await readNativeSae(source, { prefix, header }),
    source: nativeFacts(weights),
  };
}

/** Returns the origin of an autoencoder in one of the package's own files. */
export function nativeFacts({ entries, metadata }: Weights): SaeSourceFacts {
  const dtype = entries.get("encoder")?.dtype ?? "F32";
  return { format: "native", kind: "matryoshka", dtype, config: { ...metadata } };
}
