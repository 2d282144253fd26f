/**
 * Weights in float32 on a backend.
 *
 * @module
 */
import { encodeScreened } from "../../kernels/encode_screened.ts";
import { encodeSparse } from "../../kernels/encode_sparse.ts";
import type { Backend, Recorder, Tensor } from "../../kernels/kernel.ts";
import { quantizeLatents } from "../../kernels/quantize_latents.ts";
import { quantizedWords } from "../../kernels/quantize_rows.ts";
import { sparseDecode } from "../../kernels/sparse_decode.ts";
import type { Workspace } from "../step/workspace.ts";
import type {
  DecodeOperands,
  EncodeConstants,
  EncodeOperands,
  ScreenOperands,
  WeightTensors,
} from "./weight_tensors.ts";

/** A matrix [N, d] in float32. */
export class FloatWeights implements WeightTensors {
  readonly type = "f32";
  readonly values: Tensor;

  constructor(values: Tensor) {
    this.values = values;
  }

  prefix(w: Workspace, p: number): FloatWeights {
    return new FloatWeights(w.view(this.values, p, this.values.shape[1]));
  }

  placeOfQuantized(w: Workspace): Tensor {
    const [N, d] = this.values.shape;
    return w.u32(N, quantizedWords(d));
  }

  quantize(r: Recorder, results: Readonly<Record<"quantized" | "bounds", Tensor>>): void {
    r.run(quantizeLatents, { encoder: this.values, ...results }, {});
  }

  encode(
    r: Recorder,
    operands: EncodeOperands,
    screen: ScreenOperands | undefined,
    { selection, k }: EncodeConstants,
  ): void {
    const all = { ...operands, encoder: this.values };
    if (screen) r.run(encodeScreened, { ...all, ...screen }, { selection, k });
    else r.run(encodeSparse, all, { selection, k });
  }

  decode(r: Recorder, operands: DecodeOperands): void {
    r.run(sparseDecode, { ...operands, decoder: this.values }, { prefix: this.values.shape[0] });
  }

  async read(backend: Backend): Promise<Float32Array> {
    const values = await backend.read(this.values);
    return values instanceof Float32Array ? values : new Float32Array(values);
  }
}
