/**
 * Reads the weights of an autoencoder back from a backend.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { storedWeight } from "../../kernels/stored_weights.ts";
import { checkFiniteParameters, type SaeParameters } from "../model/parameters.ts";
import type { ModelTensors } from "./model_tensors.ts";
import type { WeightTensors } from "./weight_tensors.ts";

/** Reads all weights as float32. There must be a decoder. */
export async function readWeights(
  backend: Backend,
  { inputSize, latentCount, encoder, encoderBias, decoder, decoderBias }: ModelTensors,
  task: string,
): Promise<SaeParameters> {
  const floats = async (tensor: ModelTensors["encoderBias"]) =>
    Float32Array.from(await backend.read(tensor));
  const [E, b, D, c] = await Promise.all([
    readMatrixBack(backend, encoder, inputSize),
    floats(encoderBias),
    readMatrixBack(backend, decoder!, inputSize),
    floats(decoderBias),
  ]);
  const parameters = {
    inputSize,
    latentCount,
    encoder: E,
    encoderBias: b,
    decoder: D,
    decoderBias: c,
  };
  checkFiniteParameters(parameters, task);
  return parameters;
}

async function readMatrixBack(
  backend: Backend,
  matrix: WeightTensors,
  d: number,
): Promise<Float32Array> {
  const words = await backend.read(matrix.values);
  if (words instanceof Float32Array) return words;
  if (matrix.type === "f32" || !(words instanceof Uint32Array)) return new Float32Array(words);
  const { type } = matrix;
  const scales = await backend.read(matrix.scale);
  const [N, V] = matrix.values.shape;
  const weights = new Float32Array(N * d);
  for (let i = 0; i < N; i++) {
    const row = { words, at: i * V, scale: scales[i] };
    for (let k = 0; k < d; k++) weights[i * d + k] = storedWeight(type, { ...row, k });
  }
  return weights;
}
