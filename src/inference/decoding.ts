/**
 * Decodes chunks of sparse codes on a backend.
 *
 * @module
 */
import type { Backend, Program, Tensor } from "../../kernels/kernel.ts";
import type { SparseCodes } from "../model/codes.ts";
import { ProgramCache } from "../step/program_cache.ts";
import type { Workspace } from "../step/workspace.ts";
import type { WeightTensors } from "./weight_tensors.ts";

interface RecordedDecode {
  readonly program: Program;
  readonly rowOffsets: Tensor;
  readonly indices: Tensor;
  readonly values: Tensor;
  readonly reconstruction: Tensor;
}

/** Decodes one chunk at a time. Programs are recorded once per chunk size and room, and kept. */
export class Decoder implements Disposable {
  readonly #backend: Backend;
  readonly #decoder: WeightTensors;
  readonly #decoderBias: Tensor;
  readonly #programs: ProgramCache<RecordedDecode>;

  constructor(backend: Backend, decoder: WeightTensors, decoderBias: Tensor) {
    this.#backend = backend;
    this.#decoder = decoder;
    this.#decoderBias = decoderBias;
    this.#programs = new ProgramCache(backend, "the autoencoder");
  }

  /** Returns c + Σ_{active i < prefix} f_i D_i for rows `from` up to `to` of the codes: [to − from, d]. */
  async decode(
    codes: SparseCodes,
    from: number,
    to: number,
    prefix: number,
  ): Promise<Float32Array> {
    const backend = this.#backend;
    const B = to - from;
    const { rowOffsets, indices, values } = codes;
    const most = rowOffsets[to] - rowOffsets[from];
    // Powers of two keep the number of programs small.
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(most, 1)));
    const chunk = {
      rowOffsets: new Uint32Array(B + 1),
      indices: new Uint32Array(capacity),
      values: new Float32Array(capacity),
    };
    // Entries beyond the prefix are not sent, so one program serves all prefixes.
    let count = 0;
    for (let b = 0; b < B; b++) {
      for (let e = rowOffsets[from + b]; e < rowOffsets[from + b + 1]; e++) {
        if (indices[e] >= prefix) continue;
        chunk.indices[count] = indices[e];
        chunk.values[count++] = values[e];
      }
      chunk.rowOffsets[b + 1] = count;
    }
    const recorded = await this.#programs.get(
      `${B} ${capacity}`,
      (w) => this.#record(w, B, capacity),
    );
    backend.write(recorded.rowOffsets, chunk.rowOffsets);
    backend.write(recorded.indices, chunk.indices);
    backend.write(recorded.values, chunk.values);
    backend.submit(recorded.program);
    return Float32Array.from(await backend.read(recorded.reconstruction));
  }

  async #record(w: Workspace, B: number, capacity: number): Promise<RecordedDecode> {
    const decoderBias = this.#decoderBias;
    const operands = {
      rowOffsets: w.u32(B + 1),
      indices: w.u32(capacity),
      values: w.f32(capacity),
      reconstruction: w.f32(B, decoderBias.shape[0]),
    };
    const program = w.own(
      await this.#backend.record((r) => this.#decoder.decode(r, { ...operands, decoderBias })),
    );
    return { program, ...operands };
  }

  [Symbol.dispose](): void {
    this.#programs[Symbol.dispose]();
  }
}
