/**
 * The weights of an autoencoder on a backend.
 *
 * @module
 */
import type { Tensor } from "../../kernels/kernel.ts";
import { storedWords } from "../../kernels/stored_weights.ts";
import type { SaeParameters } from "../model/parameters.ts";
import type { Workspace } from "../step/workspace.ts";
import type { LatentScreen } from "./screening.ts";
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
  readonly screen: LatentScreen | undefined;
}

/** The types of an autoencoder's matrices on a backend. */
export interface WeightTypes {
  readonly encoder: WeightTensors["type"];
  /** Undefined without a decoder. */
  readonly decoder: WeightTensors["type"] | undefined;
}

/** Makes room for the weights of an autoencoder. All tensors are made here, so that views of memory stay valid. */
export function makeModel(
  w: Workspace,
  { inputSize: d, latentCount: N }: Pick<SaeParameters, "inputSize" | "latentCount">,
  types: WeightTypes,
): Omit<ModelTensors, "screen"> {
  const encoderBias = w.f32(N);
  const matrix = (type: WeightTensors["type"]): WeightTensors => {
    if (type === "f32") return { type, values: w.f32(N, d) };
    // A view stands for the scales that float16 and bfloat16 do not have: kernels take one tensor only once.
    const scale = type === "int8" ? w.f32(N) : w.view(encoderBias, N);
    return { type, values: w.u32(N, storedWords(type, d)), scale };
  };
  return {
    inputSize: d,
    latentCount: N,
    encoder: matrix(types.encoder),
    encoderBias,
    decoder: types.decoder && matrix(types.decoder),
    decoderBias: w.f32(d),
    threshold: w.f32(N),
  };
}

/** Returns the first p latents, as views. */
export function prefixOfModel(w: Workspace, model: ModelTensors, p: number): ModelTensors {
  const matrix = (whole: WeightTensors): WeightTensors => {
    const values = w.view(whole.values, p, whole.values.shape[1]);
    return whole.type === "f32"
      ? { ...whole, values }
      : { ...whole, values, scale: w.view(whole.scale, p) };
  };
  return {
    ...model,
    latentCount: p,
    encoder: matrix(model.encoder),
    encoderBias: w.view(model.encoderBias, p),
    decoder: model.decoder && matrix(model.decoder),
    decoderBias: w.view(model.decoderBias, model.inputSize),
    threshold: w.view(model.threshold, p),
    screen: model.screen?.prefix(w, p),
  };
}
