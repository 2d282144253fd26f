/**
 * A set of tensors and programs that are made together and disposed together.
 *
 * @module
 */
import type { Backend, Tensor } from "../../kernels/kernel.ts";
import {
  checkFiniteParameters,
  PARAMETER_NAMES,
  parameterShapes,
  type SaeParameters,
} from "../model/parameters.ts";

/** Tensors of the four parameters, or of what has their shapes: gradients, moments. */
export interface ParameterTensors {
  /** [N, d] */
  readonly encoder: Tensor;
  /** [N] */
  readonly encoderBias: Tensor;
  /** [N, d] */
  readonly decoder: Tensor;
  /** [d] */
  readonly decoderBias: Tensor;
}

/** Owns what is made through it. */
export class Workspace implements Disposable {
  readonly #owned: Disposable[] = [];

  constructor(readonly backend: Backend) {}

  /** Takes over something to dispose. */
  own<T extends Disposable>(resource: T): T {
    this.#owned.push(resource);
    return resource;
  }

  /** A new f32 tensor of zeros. */
  f32(...shape: readonly number[]): Tensor {
    return this.own(this.backend.tensor("f32", shape));
  }

  /** A new u32 tensor of zeros. */
  u32(...shape: readonly number[]): Tensor {
    return this.own(this.backend.tensor("u32", shape));
  }

  /** A view that lives as long as the workspace. */
  view(tensor: Tensor, ...shape: readonly number[]): Tensor {
    return this.own(this.backend.view(tensor, shape));
  }

  /** A new f32 tensor with these values. */
  filled(values: ArrayLike<number>, ...shape: readonly number[]): Tensor {
    const tensor = this.f32(...shape);
    this.backend.write(tensor, values);
    return tensor;
  }

  /** Four tensors in the shapes of the parameters, zero or filled. */
  parameters(inputSize: number, latentCount: number, values?: SaeParameters): ParameterTensors {
    const shapes = parameterShapes(inputSize, latentCount);
    const make = (name: typeof PARAMETER_NAMES[number]) =>
      values ? this.filled(values[name], ...shapes[name]) : this.f32(...shapes[name]);
    return {
      encoder: make("encoder"),
      encoderBias: make("encoderBias"),
      decoder: make("decoder"),
      decoderBias: make("decoderBias"),
    };
  }

  [Symbol.dispose](): void {
    for (const resource of this.#owned.reverse()) resource[Symbol.dispose]();
    this.#owned.length = 0;
  }
}

/**
 * Reads four tensors back as `SaeParameters`.
 *
 * @throws {RangeError} if a value is NaN or infinite; `mark` is put before its name: ∂.
 */
export async function readParameters(
  backend: Backend,
  tensors: ParameterTensors,
  task: string = "read parameters",
  mark?: string,
): Promise<SaeParameters> {
  const [latentCount, inputSize] = tensors.encoder.shape;
  const arrays = await Promise.all(PARAMETER_NAMES.map((name) => backend.read(tensors[name])));
  const [encoder, encoderBias, decoder, decoderBias] = arrays.map((a) => Float32Array.from(a));
  const parameters = { inputSize, latentCount, encoder, encoderBias, decoder, decoderBias };
  checkFiniteParameters(parameters, task, mark);
  return parameters;
}
