/**
 * The package's own checkpoint: a safetensors file with the parameters, and all that it takes to run
 * them on raw activations in its metadata.
 *
 * @module
 */
import { type Activation, resolveLoss } from "../loss_options.ts";
import { checkBoolean, checkInteger, checkNumber } from "../checks.ts";
import {
  checkParameters,
  PARAMETER_NAMES,
  parameterShapes,
  type SaeParameters,
} from "../parameters.ts";
import { checkPrefixes } from "../prefixes.ts";
import type { ByteSource } from "./bytes.ts";
import {
  encodeSafetensors,
  readSafetensorsHeader,
  readTensor,
  type SafetensorsHeader,
  type TensorData,
} from "./safetensors.ts";

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
  checkDescription(sae, latentCount, task);
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
  });
}

/**
 * Reads what {@linkcode encodeNativeSae} has written.
 *
 * @throws {RangeError} where a tensor is missing, has another shape or is not finite.
 * @throws {TypeError} where the file is of another kind or its metadata is broken.
 */
export async function readNativeSae(source: ByteSource): Promise<NativeSae> {
  const task = `read the autoencoder of ${source.name}`;
  const header = await readSafetensorsHeader(source);
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
  const [latentCount, inputSize] = shape;
  const shapes = parameterShapes(inputSize, latentCount);
  const read = (name: string, wanted: readonly number[]) => {
    const found = shapeOf(header, name, task);
    if (`${found}` === `${wanted}`) return readTensor(source, header, name);
    throw new RangeError(
      `Cannot ${task}: ${name} must be [${wanted}] beside encoder [${shape}] but is [${found}]`,
    );
  };
  const parameters = {
    inputSize,
    latentCount,
    encoder: await read("encoder", shapes.encoder),
    encoderBias: await read("encoderBias", shapes.encoderBias),
    decoder: await read("decoder", shapes.decoder),
    decoderBias: await read("decoderBias", shapes.decoderBias),
  };
  checkParameters(parameters, task);
  const activation = parse<Activation>(header, "activation", task);
  const sae = {
    parameters,
    activation: activation?.kind === "jumprelu"
      ? { ...activation, threshold: await read("threshold", [latentCount]) }
      : activation,
    subtractDecoderBias: parse<boolean>(header, "subtractDecoderBias", task),
    prefixes: parse<number[] | number>(header, "prefixes", task),
    inputScale: parse<number>(header, "inputScale", task),
    createdBy,
  };
  checkDescription(sae, latentCount, task);
  return sae;
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

/** Checks what came from metadata, and so may be anything that JSON can say. */
function checkDescription(sae: Omit<NativeSae, "parameters">, latentCount: number, task: string) {
  const { activation, subtractDecoderBias, prefixes, inputScale } = sae;
  resolveLoss({ activation }, latentCount, task);
  checkBoolean(subtractDecoderBias, "subtractDecoderBias", task);
  if (Array.isArray(prefixes)) checkPrefixes(prefixes, latentCount, task);
  else checkInteger(prefixes, "prefixes", task);
  checkNumber(inputScale, "inputScale", task, { above: 0 });
}
