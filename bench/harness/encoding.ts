/** The package's dense encode, which has no public function: f = relu(x Eᵀ + b), all of [B, N]. */

import { encode } from "../../kernels/encode.ts";
import type { Backend, Program } from "../../kernels/kernel.ts";
import type { SaeParameters } from "../../src/model/parameters.ts";
import { Workspace } from "../../src/step/workspace.ts";

/** A recorded encode on tensors that stay on the device. */
export interface Encoding extends Disposable {
  readonly program: Program;
  /** Reads the activations of the last run. */
  read(): Promise<Float32Array>;
}

/** Records the encode of a batch. */
export async function recordEncoding(
  backend: Backend,
  { inputSize: d, latentCount: N, encoder, encoderBias }: SaeParameters,
  batch: Float32Array,
): Promise<Encoding> {
  const B = batch.length / d;
  const w = new Workspace(backend);
  const operands = {
    input: w.filled(batch, B, d),
    encoder: w.filled(encoder, N, d),
    encoderBias: w.filled(encoderBias, N),
    threshold: w.f32(N),
    activations: w.f32(B, N),
  };
  const program = w.own(
    await backend.record((r) => r.run(encode, operands, { activation: "relu" })),
  );
  return {
    program,
    read: async () => Float32Array.from(await backend.read(operands.activations)),
    [Symbol.dispose]: () => w[Symbol.dispose](),
  };
}
