/**
 * Owns tensors and programs that are disposed together.
 *
 * @module
 */
import type { Backend, Recorder, Tensor } from "../../kernels/kernel.ts";
import {
  checkFiniteParameters,
  PARAMETER_NAMES,
  parameterShapes,
  type SaeParameters,
} from "../model/parameters.ts";

/** Tensors in the shapes of the four parameters: parameters, gradients, or moments. */
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

/** Owns the tensors and programs that are made through it. */
export class Workspace implements Disposable {
  readonly #owned: Disposable[] = [];
  #disposed = false;

  constructor(readonly backend: Backend) {}

  /**
   * Takes ownership of a resource and returns it.
   *
   * @throws {Error} if the workspace has been disposed; the resource then is, too.
   */
  own<T extends Disposable>(resource: T): T {
    if (this.#disposed) {
      resource[Symbol.dispose]();
      throw new Error("Cannot own a resource: the workspace is disposed");
    }
    this.#owned.push(resource);
    return resource;
  }

  /** Makes an f32 tensor of zeros. */
  f32(...shape: readonly number[]): Tensor {
    return this.own(this.backend.tensor("f32", shape));
  }

  /** Makes a u32 tensor of zeros. */
  u32(...shape: readonly number[]): Tensor {
    return this.own(this.backend.tensor("u32", shape));
  }

  /** Makes a view that lives as long as the workspace. */
  view(tensor: Tensor, ...shape: readonly number[]): Tensor {
    return this.own(this.backend.view(tensor, shape));
  }

  /** Makes an f32 tensor with these values. */
  filled(values: ArrayLike<number>, ...shape: readonly number[]): Tensor {
    const tensor = this.f32(...shape);
    this.backend.write(tensor, values);
    return tensor;
  }

  /** Makes four tensors in the shapes of the parameters, with zeros or the values given. */
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
    this.#disposed = true;
    for (const resource of this.#owned.reverse()) resource[Symbol.dispose]();
    this.#owned.length = 0;
  }
}

/** Makes tensors: a workspace those that stay, a recorder temporaries. */
export type TensorMaker = Pick<Workspace, "f32" | "u32">;

/** Makes temporaries of a recording. */
export function temporariesOf(r: Recorder): TensorMaker {
  return {
    f32: (...shape) => r.temporary("f32", shape),
    u32: (...shape) => r.temporary("u32", shape),
  };
}

/**
 * Reads four tensors as `SaeParameters`.
 *
 * @throws {RangeError} if a value is NaN or infinite; the message puts `mark` (such as ∂) before its name.
 */
export async function readParameters(
  backend: Backend,
  tensors: ParameterTensors,
  task: string = "read parameters",
  mark?: string,
): Promise<SaeParameters> {
  const [latentCount, inputSize] = tensors.encoder.shape;
  const arrays = await Promise.all(PARAMETER_NAMES.map((name) => backend.read(tensors[name])));
  const [encoder, encoderBias, decoder, decoderBias] = arrays.map((values) =>
    values instanceof Float32Array ? values : new Float32Array(values)
  );
  const parameters = { inputSize, latentCount, encoder, encoderBias, decoder, decoderBias };
  checkFiniteParameters(parameters, task, mark);
  return parameters;
}
