/**
 * Reads the package's own files.
 *
 * @module
 */
import { checkPrefix, prefixesWithin, prefixOfActivation } from "../../model/latent_prefix.ts";
import type { Activation } from "../../model/activation.ts";
import { checkParameters, PARAMETER_NAMES, parameterShapes } from "../../model/parameters.ts";
import type { InputNormalization, LoadedSae, TrainingFacts } from "../../model/sae.ts";
import {
  readSafetensorsHeader,
  readTensor,
  type SafetensorsHeader,
} from "../arrays/safetensors.ts";
import type { ByteSource } from "../sources/bytes.ts";
import {
  checkDescription,
  NATIVE_FORMAT,
  NATIVE_VERSION,
  type NativeSae,
} from "./native_layout.ts";
import { knownNames } from "./origin_names.ts";
import type { Weights } from "./weights.ts";

/** Options of {@linkcode readNativeSae}. */
export interface NativeReading {
  /** The number of latents to read, the first rows of each tensor; by default all. */
  readonly prefix?: number;
  /** The header, if it has been read already. */
  readonly header?: SafetensorsHeader;
}

/**
 * Reads a file that `encodeNativeSae` wrote. With a prefix of p latents only their rows are read, one range of each
 * tensor, concurrently.
 *
 * @throws {RangeError} if a tensor is missing, has a wrong shape or is not finite, or the prefix exceeds N.
 * @throws {TypeError} if the file has another format or invalid metadata.
 */
export async function readNativeSae(
  source: ByteSource,
  options: NativeReading = {},
): Promise<NativeSae> {
  const task = `read the autoencoder of ${source.name}`;
  const header = options.header ?? await readSafetensorsHeader(source);
  const { format, version, createdBy = "unknown" } = header.metadata;
  if (format !== NATIVE_FORMAT || version !== NATIVE_VERSION) {
    throw new TypeError(
      `Cannot ${task}: its format must be "${NATIVE_FORMAT}" version ${NATIVE_VERSION} but is ` +
        (format === undefined ? "not given" : `"${format}" version ${version}`),
    );
  }
  const shape = shapeOf(header, "encoder", task);
  if (shape.length !== 2) {
    throw new RangeError(`Cannot ${task}: encoder must be [N, d] but is [${shape}]`);
  }
  const [wholeCount, inputSize] = shape;
  const shapes: Record<string, readonly number[]> = {
    ...parameterShapes(inputSize, wholeCount),
    threshold: [wholeCount],
  };
  const activation = parse<Activation>(header, "activation", task);
  const names = [...PARAMETER_NAMES, ...activation?.kind === "jumprelu" ? ["threshold"] : []];
  for (const name of names) {
    const found = shapeOf(header, name, task);
    if (`${found}` === `${shapes[name]}`) continue;
    const wanted = `[${shapes[name]}] beside encoder [${shape}]`;
    throw new RangeError(`Cannot ${task}: ${name} must be ${wanted} but is [${found}]`);
  }
  const latentCount = checkPrefix(options.prefix ?? wholeCount, wholeCount, task);
  const reads = names.map((name) =>
    readTensor(source, header, name, name === "decoderBias" ? {} : { to: latentCount })
  );
  // Wait for all reads even if one fails, so that none is pending afterwards.
  await Promise.allSettled(reads);
  const [encoder, encoderBias, decoder, decoderBias, threshold] = await Promise.all(reads);
  const parameters = { inputSize, latentCount, encoder, encoderBias, decoder, decoderBias };
  checkParameters(parameters, task);
  const prefixes = parse<number[] | number>(header, "prefixes", task);
  const inputNormalization = parseIfGiven<InputNormalization>(header, "inputNormalization", task);
  const training = parseIfGiven<TrainingFacts>(header, "training", task);
  const described = {
    activation: threshold ? { ...activation, threshold } as Activation : activation,
    subtractDecoderBias: parse<boolean>(header, "subtractDecoderBias", task),
    prefixes,
    inputScale: parse<number>(header, "inputScale", task),
    createdBy,
    ...inputNormalization !== undefined && { inputNormalization },
    ...training !== undefined && { training },
    ...knownNames(header.metadata),
  };
  // The metadata describes all latents, so it is checked before it is cut; θ has only the latents that were read.
  checkDescription(described, threshold ? latentCount : wholeCount, wholeCount, task);
  return {
    parameters,
    ...described,
    activation: prefixOfActivation(described.activation, latentCount),
    prefixes: latentCount < wholeCount ? prefixesWithin(prefixes, latentCount)! : prefixes,
  };
}

function shapeOf(header: SafetensorsHeader, name: string, task: string): readonly number[] {
  const entry = header.tensors.get(name);
  if (entry) return entry.shape;
  const names = [...header.tensors.keys()].join(", ") || "none";
  throw new RangeError(`Cannot ${task}: it lacks the tensor "${name}", its tensors are ${names}`);
}

function parse<T>({ metadata }: SafetensorsHeader, name: string, task: string): T {
  try {
    return JSON.parse(metadata[name]);
  } catch {
    const found = metadata[name] === undefined ? "missing" : `"${metadata[name]}"`;
    throw new TypeError(`Cannot ${task}: its metadata "${name}" must be JSON but is ${found}`);
  }
}

/** Parses metadata that older files lack. */
function parseIfGiven<T>(header: SafetensorsHeader, name: string, task: string): T | undefined {
  return header.metadata[name] === undefined ? undefined : parse<T>(header, name, task);
}

/** Reads a file that `encodeNativeSae` wrote; with a prefix, only its rows. */
export async function readNative(weights: Weights, prefix?: number): Promise<LoadedSae> {
  const { source, header } = weights;
  return {
    inputNormalization: { kind: "none" },
    ...await readNativeSae(source, { prefix, header }),
    source: {
      format: "native",
      kind: "matryoshka",
      dtype: weights.entries.get("encoder")?.dtype ?? "F32",
      config: { ...weights.metadata },
    },
  };
}
