/**
 * Encodes chunks of rows to sparse codes on a backend.
 *
 * @module
 */
import { centre } from "../../kernels/centre.ts";
import type { Selection } from "../../kernels/encode_sparse.ts";
import type { Backend, Program, Tensor } from "../../kernels/kernel.ts";
import { quantizeRows } from "../../kernels/quantize_rows.ts";
import type { SparseCodes } from "../model/codes.ts";
import { ProgramCache } from "../step/program_cache.ts";
import { rowScreen } from "../step/screen.ts";
import type { Workspace } from "../step/workspace.ts";
import type { ModelTensors } from "./model_tensors.ts";
import type { ScreenOperands } from "./weight_tensors.ts";

/** Active latents per row that there is room for at first. */
const FIRST_ROOM = 64;

/** Which latents are kept, and whether the encoder sees x − c. */
export interface Encoding {
  readonly selection: Selection;
  readonly k: number;
  readonly subtractDecoderBias: boolean;
}

interface RecordedEncode {
  readonly program: Program;
  readonly input: Tensor;
  readonly rowOffsets: Tensor;
  readonly indices: Tensor;
  readonly values: Tensor;
}

/** Encodes one chunk at a time. Programs are recorded once per chunk size and room, and kept. */
export class Encoder implements Disposable {
  readonly #backend: Backend;
  readonly #model: ModelTensors;
  readonly #programs: ProgramCache<RecordedEncode>;
  /** Active latents per row that there is room for if k does not bound them. */
  #room = FIRST_ROOM;

  constructor(backend: Backend, model: ModelTensors) {
    this.#backend = backend;
    this.#model = model;
    this.#programs = new ProgramCache(backend, "the autoencoder");
  }

  /** Encodes rows [B, d], latents ascending within a row. The caller checks that the values are finite. */
  async encode(rows: Float32Array, encoding: Encoding): Promise<SparseCodes> {
    const backend = this.#backend;
    const { latentCount: N, inputSize: d, screen } = this.#model;
    const B = rows.length / d;
    await screen?.prepare();
    while (true) {
      const capacity = B * Math.min(Math.ceil(encoding.k) || this.#room, N);
      const { selection, k } = encoding;
      const recorded = await this.#programs.get(
        `${B} ${selection} ${k} ${capacity}`,
        (w) => this.#record(w, B, capacity, encoding),
      );
      backend.write(recorded.input, rows);
      backend.submit(recorded.program);
      // If k bounds their number, one wait reads offsets and entries: on a GPU each wait costs milliseconds.
      const most = k > 0 ? capacity : 0;
      const offsets = backend.read(recorded.rowOffsets);
      const early = this.#readCodes(recorded, most);
      const rowOffsets = Uint32Array.from((await Promise.all([offsets, early]))[0]);
      const count = rowOffsets[B];
      if (count <= capacity) {
        const [indices, values] = count > most
          ? await this.#readCodes(recorded, count)
          : await early;
        return {
          rows: B,
          latentCount: N,
          rowOffsets,
          indices: Uint32Array.from(indices).slice(0, count),
          values: Float32Array.from(values).slice(0, count),
        };
      }
      // Offsets count every active latent, so the second attempt has enough room.
      this.#room = 2 ** Math.ceil(Math.log2(count / B));
      this.#programs.clear();
    }
  }

  async #record(
    w: Workspace,
    B: number,
    capacity: number,
    { selection, k, subtractDecoderBias }: Encoding,
  ): Promise<RecordedEncode> {
    const { inputSize: d, encoder, encoderBias, decoderBias, threshold } = this.#model;
    const input = w.f32(B, d);
    const centred = subtractDecoderBias ? w.f32(B, d) : input;
    const rowOffsets = w.u32(B + 1);
    const indices = w.u32(capacity);
    const values = w.f32(capacity);
    const codes = { rowOffsets, indices, values, overflow: w.u32(1) };
    const operands = { input: centred, encoderBias, threshold, ...codes };
    const screen = this.#screenOperands(w, B);
    const screened = this.#model.screen?.screens ?? false;
    const program = w.own(
      await this.#backend.record((r) => {
        if (subtractDecoderBias) r.run(centre, { input, decoderBias, centred }, {});
        if (screen && screened) {
          const { quantizedRows: quantized, rowBounds: bounds } = screen;
          r.run(quantizeRows, { input: centred, quantized, bounds }, {});
        }
        encoder.encode(r, operands, screen, { selection, k, screened });
      }),
    );
    return { program, input, rowOffsets, indices, values };
  }

  /** Makes the tensors for the screen of B rows, if there is one. */
  #screenOperands(w: Workspace, B: number): ScreenOperands | undefined {
    const { screen } = this.#model;
    return screen && {
      ...rowScreen(w, B, screen.latents.shape[1]),
      quantizedLatents: screen.latents,
      latentBounds: screen.bounds,
      candidates: w.f32(1),
    };
  }

  /** Reads the first `count` indices and values. */
  #readCodes({ indices, values }: RecordedEncode, count: number): Promise<ArrayLike<number>[]> {
    return Promise.all([indices, values].map((tensor) => this.#readFirst(tensor, count)));
  }

  async #readFirst(tensor: Tensor, count: number): Promise<ArrayLike<number>> {
    if (count === 0) return [];
    const first = this.#backend.view(tensor, [count]);
    try {
      return await this.#backend.read(first);
    } finally {
      first[Symbol.dispose]();
    }
  }

  [Symbol.dispose](): void {
    this.#programs[Symbol.dispose]();
  }
}
