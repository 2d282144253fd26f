/**
 * The package's own checkpoint: a safetensors file with the parameters, and all that it takes to run
 * them on raw activations in its metadata.
 *
 * @module
 */
import { type Activation, resolveActivation } from "../../model/activation.ts";
import { checkBoolean, checkInteger, checkNumber, checkObject } from "../../base/checks.ts";
import { checkPrefix, prefixesWithin, prefixOfActivation } from "../../model/latent_prefix.ts";
import {
  checkParameters,
  PARAMETER_NAMES,
  parameterShapes,
  type SaeParameters,
} from "../../model/parameters.ts";
import { checkPrefixes } from "../../model/prefixes.ts";
import type { ByteSource } from "../sources/bytes.ts";
import {
  checkInputNormalization,
  type InputNormalization,
  type TrainingFacts,
} from "../../model/sae.ts";
import {
  encodeSafetensors,
  readSafetensorsHeader,
  readTensor,
  type SafetensorsHeader,
  type TensorData,
} from "../arrays/safetensors.ts";

const FORMAT = "matryoshka-sae", VERSION = "1";

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

/** Options of {@linkcode readNativeSae}. */
export interface NativeReading {
  /** Only the first so many latents are read, each tensor's first rows; all by default. */
  readonly prefix?: number;
  /** The header, if it has been read. */
  readonly header?: SafetensorsHeader;
}

/**
 * The bytes of a file with this autoencoder: tensors `encoder`, `encoderBias`, `decoder`,
 * `decoderBias` in float32, and `threshold` for jumprelu. The same autoencoder gives the same bytes.
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
    format: FORMAT,
    version: VERSION,
    activation: JSON.stringify({ ...activation, threshold: undefined }),
    subtractDecoderBias: JSON.stringify(sae.subtractDecoderBias),
    prefixes: JSON.stringify(sae.prefixes),
    inputScale: JSON.stringify(sae.inputScale),
    createdBy: sae.createdBy,
    // What is left out is as it was before it could be said.
    ...sae.inputNormalization && sae.inputNormalization.kind !== "none" &&
      { inputNormalization: JSON.stringify(sae.inputNormalization) },
    ...sae.training && { training: JSON.stringify(sae.training) },
  });
}

/**
 * Reads what {@linkcode encodeNativeSae} has written. With a prefix of p latents only their rows are read, one
 * range of each tensor, side by side.
 *
 * @throws {RangeError} where a tensor is missing, has another shape or is not finite, or the prefix is longer.
 * @throws {TypeError} where the file is of another kind or its metadata is broken.
 */
export async function readNativeSae(
  source: ByteSource,
  options: NativeReading = {},
): Promise<NativeSae> {
  const task = `read the autoencoder of ${source.name}`;
  const header = options.header ?? await readSafetensorsHeader(source);
  const { format, version, createdBy = "unknown" } = header.metadata;
  if (format !== FORMAT || version !== VERSION) {
    throw new TypeError(
      `Cannot ${task}: its format must be "${FORMAT}" version ${VERSION} but is ` +
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
    throw new RangeError(
      `Cannot ${task}: ${name} must be [${
        shapes[name]
      }] beside encoder [${shape}] but is [${found}]`,
    );
  }
  const latentCount = checkPrefix(options.prefix ?? wholeCount, wholeCount, task);
  const reads = names.map((name) =>
    readTensor(source, header, name, name === "decoderBias" ? {} : { to: latentCount })
  );
  // Nothing is left under way when this fails.
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
  };
  // What the file says is of all latents, and so is checked before it is cut; θ is cut already.
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

/** What older files do not say. */
function parseIfGiven<T>(header: SafetensorsHeader, name: string, task: string): T | undefined {
  return header.metadata[name] === undefined ? undefined : parse<T>(header, name, task);
}

/** Checks what came from metadata, and so may be anything that JSON can say. */
function checkDescription(
  sae: Omit<NativeSae, "parameters">,
  activationCount: number,
  latentCount: number,
  task: string,
) {
  const { activation, subtractDecoderBias, prefixes, inputScale, inputNormalization } = sae;
  resolveActivation(activation, activationCount, task);
  checkBoolean(subtractDecoderBias, "subtractDecoderBias", task);
  if (Array.isArray(prefixes)) checkPrefixes(prefixes, latentCount, task);
  else checkInteger(prefixes, "prefixes", task);
  checkNumber(inputScale, "inputScale", task, { above: 0 });
  if (inputNormalization !== undefined) checkInputNormalization(inputNormalization, task);
  if (sae.training !== undefined) checkObject(sae.training, "training", task);
}
