/**
 * The weights of an autoencoder on a backend.
 *
 * @module
 */
import type { Backend, Tensor } from "../../kernels/kernel.ts";
import { checkFiniteParameters, type SaeParameters } from "../model/parameters.ts";
import type { Workspace } from "../step/workspace.ts";
import type { EncoderScreen } from "./screening.ts";
import type { WeightTensors } from "./weight_tensors.ts";

/** The weights of an autoencoder. */
export interface ModelTensors {
  readonly inputSize: number;
  readonly latentCount: number;
  readonly encoder: WeightTensors;
  /** [N] */
  readonly encoderBias: Tensor;
  /** Absent if only the encoder was loaded. */
  readonly decoder: WeightTensors | undefined;
  /** [d] */
  readonly decoderBias: Tensor;
  /** θ of jumprelu, zeros otherwise: [N]. */
  readonly threshold: Tensor;
  /** What the encoder screens with, if it does. */
  readonly screen: EncoderScreen | undefined;
}

/** Makes room for all but the matrices and what they are screened with. */
export function makeVectors(
  w: Workspace,
  { inputSize, latentCount }: Pick<SaeParameters, "inputSize" | "latentCount">,
): Omit<ModelTensors, "encoder" | "decoder" | "screen"> {
  const encoderBias = w.f32(latentCount);
  const decoderBias = w.f32(inputSize);
  return { inputSize, latentCount, encoderBias, decoderBias, threshold: w.f32(latentCount) };
}

/** Returns the first p latents, as views. */
export function prefixOfModel(w: Workspace, model: ModelTensors, p: number): ModelTensors {
  return {
    inputSize: model.inputSize,
    latentCount: p,
    encoder: model.encoder.prefix(w, p),
    encoderBias: w.view(model.encoderBias, p),
    decoder: model.decoder?.prefix(w, p),
    decoderBias: w.view(model.decoderBias, model.inputSize),
    threshold: w.view(model.threshold, p),
    screen: model.screen?.prefix(w, p),
  };
}

/** Reads all weights as float32, with this decoder. */
export async function readModel(
  backend: Backend,
  { inputSize, latentCount, ...tensors }: ModelTensors,
  decoder: WeightTensors,
  task: string,
): Promise<SaeParameters> {
  const vector = async (tensor: Tensor) => Float32Array.from(await backend.read(tensor));
  const parameters = {
    inputSize,
    latentCount,
    encoder: await tensors.encoder.read(backend),
    encoderBias: await vector(tensors.encoderBias),
    decoder: await decoder.read(backend),
    decoderBias: await vector(tensors.decoderBias),
  };
  checkFiniteParameters(parameters, task);
  return parameters;
}
