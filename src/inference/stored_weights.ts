/**
 * Weights in the type of their file on a backend.
 *
 * @module
 */
import { encodeStored } from "../../kernels/encode_stored.ts";
import type { Backend, Recorder, Tensor } from "../../kernels/kernel.ts";
import { quantizedWords } from "../../kernels/quantize_rows.ts";
import { quantizeStored } from "../../kernels/quantize_stored.ts";
import { sparseDecodeStored } from "../../kernels/sparse_decode_stored.ts";
import { type StoredType, storedWeight, storedWords } from "../../kernels/stored_weights.ts";
import type { Workspace } from "../step/workspace.ts";
import type {
  DecodeOperands,
  EncodeConstants,
  EncodeOperands,
  ScreenOperands,
  WeightTensors,
} from "./weight_tensors.ts";

/** A matrix [N, d] whose rows are words of a file. */
export class StoredWeights implements WeightTensors {
  readonly type: StoredType;
  readonly values: Tensor;
  /** Scales [N], which only int8 has; for other types, numbers that nothing reads. */
  readonly scale: Tensor;
  readonly #d: number;

  private constructor(type: StoredType, values: Tensor, scale: Tensor, d: number) {
    this.type = type;
    this.values = values;
    this.scale = scale;
    this.#d = d;
  }

  /**
   * Makes room for a matrix.
   *
   * @param any A tensor f32 [N]. Kernels take scales, so a view of it stands for those that float16 and bfloat16 lack.
   */
  static create(w: Workspace, type: StoredType, d: number, any: Tensor): StoredWeights {
    const [N] = any.shape;
    const scale = type === "int8" ? w.f32(N) : w.view(any, N);
    return new StoredWeights(type, w.u32(N, storedWords(type, d)), scale, d);
  }

  prefix(w: Workspace, p: number): StoredWeights {
    const { type, values, scale } = this;
    return new StoredWeights(
      type,
      w.view(values, p, values.shape[1]),
      w.view(scale, p),
      this.#d,
    );
  }

  /** Those of int8 are the stored words themselves. */
  placeOfQuantized(w: Workspace): Tensor {
    const [N, V] = this.values.shape;
    return this.type === "int8" ? w.view(this.values, N, V) : w.u32(N, quantizedWords(this.#d));
  }

  quantize(r: Recorder, results: Readonly<Record<"quantized" | "bounds", Tensor>>): void {
    const { type, values: stored, scale } = this;
    r.run(quantizeStored, { stored, scale, ...results }, { type, d: this.#d });
  }

  encode(
    r: Recorder,
    operands: EncodeOperands,
    screen: ScreenOperands | undefined,
    constants: EncodeConstants,
  ): void {
    const { type, values: stored, scale } = this;
    r.run(encodeStored, { ...operands, ...screen!, stored, scale }, { ...constants, type });
  }

  decode(r: Recorder, operands: DecodeOperands): void {
    const { type, values: stored, scale } = this;
    r.run(sparseDecodeStored, { ...operands, stored, scale }, { prefix: stored.shape[0], type });
  }

  async read(backend: Backend): Promise<Float32Array> {
    const { type } = this;
    const d = this.#d;
    const [N, V] = this.values.shape;
    const words = Uint32Array.from(await backend.read(this.values));
    const scales = await backend.read(this.scale);
    const weights = new Float32Array(N * d);
    for (let i = 0; i < N; i++) {
      const row = { words, at: i * V, scale: scales[i] };
      for (let k = 0; k < d; k++) weights[i * d + k] = storedWeight(type, { ...row, k });
    }
    return weights;
  }
}
