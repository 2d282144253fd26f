/** Passes inputs and outcomes between processes, Python's too, as safetensors files. */

import { sourceFromBytes } from "../../../src/io/sources/bytes.ts";
import {
  encodeSafetensors,
  readSafetensorsHeader,
  readTensor,
  type TensorData,
} from "../../../src/io/arrays/safetensors.ts";
import {
  PARAMETER_NAMES,
  parameterShapes,
  type SaeParameters,
} from "../../../src/model/parameters.ts";
import type { Job, Outcome } from "../../harness/peer.ts";

function parameterTensors(prefix: string, parameters: SaeParameters): Record<string, TensorData> {
  const shapes = parameterShapes(parameters.inputSize, parameters.latentCount);
  return Object.fromEntries(
    PARAMETER_NAMES.map((name) => [prefix + name, { shape: shapes[name], data: parameters[name] }]),
  );
}

type Read = (name: string) => Promise<Float32Array>;

async function open(path: string): Promise<{ has: (name: string) => boolean; read: Read }> {
  const source = sourceFromBytes(await Deno.readFile(path), path);
  const header = await readSafetensorsHeader(source);
  return {
    has: (name) => header.tensors.has(name),
    read: (name) => readTensor(source, header, name),
  };
}

async function readParameters(read: Read, prefix: string, job: Job): Promise<SaeParameters> {
  const [encoder, encoderBias, decoder, decoderBias] = await Promise.all(
    PARAMETER_NAMES.map((name) => read(prefix + name)),
  );
  return { inputSize: job.d, latentCount: job.N, encoder, encoderBias, decoder, decoderBias };
}

/** Writes the parameters and the batch. */
export async function writeInputs(path: string, parameters: SaeParameters, batch: Float32Array) {
  const shape = [batch.length / parameters.inputSize, parameters.inputSize];
  const tensors = { ...parameterTensors("", parameters), batch: { shape, data: batch } };
  await Deno.writeFile(path, encodeSafetensors(tensors));
}

/** Reads a file of `writeInputs`. */
export async function readInputs(path: string, job: Job) {
  const { read } = await open(path);
  return { parameters: await readParameters(read, "", job), batch: await read("batch") };
}

/** Writes an outcome. */
export async function writeOutcome(path: string, outcome: Outcome, job: Job) {
  const { activations, loss, gradients, updated } = outcome;
  await Deno.writeFile(
    path,
    encodeSafetensors({
      ...activations && { activations: { shape: [job.B, job.N], data: activations } },
      ...loss !== undefined && { loss: { shape: [1], data: Float32Array.of(loss) } },
      ...gradients && parameterTensors("gradient.", gradients),
      ...updated && parameterTensors("updated.", updated),
    }),
  );
}

/** Reads a file of `writeOutcome` or of `pytorch.py`. */
export async function readOutcome(path: string, job: Job): Promise<Outcome> {
  const { has, read } = await open(path);
  return {
    activations: has("activations") ? await read("activations") : undefined,
    loss: has("loss") ? (await read("loss"))[0] : undefined,
    gradients: has("gradient.encoder") ? await readParameters(read, "gradient.", job) : undefined,
    updated: has("updated.encoder") ? await readParameters(read, "updated.", job) : undefined,
  };
}
