/** The encodes that keep active latents only, as training and inference record them. */

import { encodeScreened, SCREENED_OPERANDS } from "../../kernels/encode_screened.ts";
import { encodeSparse } from "../../kernels/encode_sparse.ts";
import type { Backend, Program, Tensor } from "../../kernels/kernel.ts";
import { quantizeLatents } from "../../kernels/quantize_latents.ts";
import { quantizedWords, quantizeRows } from "../../kernels/quantize_rows.ts";
import { Workspace } from "../../src/step/workspace.ts";
import type { SparseProblem } from "./selections.ts";

/** Codes as they lie in memory. */
export interface Codes {
  readonly rowOffsets: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

/** An encode that is ready to run. */
export interface SparseEncoding extends Disposable {
  readonly program: Program;
  /** Reads the codes of the last run. */
  codes(): Promise<Codes>;
}

/** What an encode reads of a problem. */
export type EncodingProblem = Pick<
  SparseProblem,
  "parameters" | "batch" | "threshold" | "selection" | "k"
>;

/** The tensors of a problem, which several encodes can share. */
export interface EncodingTensors extends Disposable {
  readonly workspace: Workspace;
  readonly problem: EncodingProblem;
  readonly input: Tensor;
  readonly encoder: Tensor;
  readonly encoderBias: Tensor;
  readonly threshold: Tensor;
}

/** What screening takes besides: integers and bounds. */
export interface QuantizedTensors {
  readonly quantizedRows: Tensor;
  readonly rowBounds: Tensor;
  readonly quantizedLatents: Tensor;
  readonly latentBounds: Tensor;
}

/** Writes a problem to the backend. */
export function encodingTensors(backend: Backend, problem: EncodingProblem): EncodingTensors {
  const { parameters: { inputSize: d, latentCount: N, encoder, encoderBias }, batch } = problem;
  const workspace = new Workspace(backend);
  return {
    workspace,
    problem,
    input: workspace.filled(batch, batch.length / d, d),
    encoder: workspace.filled(encoder, N, d),
    encoderBias: workspace.filled(encoderBias, N),
    threshold: workspace.filled(problem.threshold, N),
    [Symbol.dispose]: () => workspace[Symbol.dispose](),
  };
}

/** Makes room for quantised rows and latents. */
export function quantizedTensors(
  { workspace: w, input, encoder }: EncodingTensors,
): QuantizedTensors {
  const [B, d] = input.shape;
  const [N] = encoder.shape;
  const sizes: Record<string, number> = { B, d, N, W: quantizedWords(d) };
  const make = (name: keyof QuantizedTensors) => {
    const { dtype, dims } = SCREENED_OPERANDS[name];
    const shape = dims.map((dim) => typeof dim === "number" ? dim : sizes[dim]);
    return w.own(w.backend.tensor(dtype, shape));
  };
  return {
    quantizedRows: make("quantizedRows"),
    rowBounds: make("rowBounds"),
    quantizedLatents: make("quantizedLatents"),
    latentBounds: make("latentBounds"),
  };
}

/** Records the quantisation of the batch, or of the latents. */
export async function recordQuantization(
  { workspace, input, encoder }: EncodingTensors,
  quantized: QuantizedTensors,
  what: "rows" | "latents",
): Promise<Program> {
  return workspace.own(
    await workspace.backend.record((r) => {
      if (what === "rows") {
        const { quantizedRows, rowBounds: bounds } = quantized;
        r.run(quantizeRows, { input, quantized: quantizedRows, bounds }, {});
      } else {
        const { quantizedLatents, latentBounds: bounds } = quantized;
        r.run(quantizeLatents, { encoder, quantized: quantizedLatents, bounds }, {});
      }
    }),
  );
}

/** Where an encode puts its results. */
function outputs(w: Workspace, rows: number, room: number) {
  return {
    rowOffsets: w.u32(rows + 1),
    indices: w.u32(room),
    values: w.f32(room),
    overflow: w.u32(1),
  };
}

/** Records `encodeSparse`, with room for this many codes. */
export function recordPlain(tensors: EncodingTensors, room: number): Promise<SparseEncoding> {
  const { input, encoder, encoderBias, threshold, problem: { selection, k } } = tensors;
  return recordEncode(tensors, room, (r, out) => {
    r.run(encodeSparse, { input, encoder, encoderBias, threshold, ...out }, { selection, k });
  });
}

/** Records `encodeScreened` alone: rows and latents are quantised before. */
export async function recordScreened(
  tensors: EncodingTensors,
  quantized: QuantizedTensors,
  room: number,
  encoderBias: Tensor = tensors.encoderBias,
): Promise<SparseEncoding & { candidates(): Promise<number> }> {
  const { workspace: w, input, encoder, threshold, problem: { selection, k } } = tensors;
  const candidates = w.f32(1);
  const operands = { input, encoder, encoderBias, threshold, ...quantized, candidates };
  const encoding = await recordEncode(tensors, room, (r, out) => {
    r.run(encodeScreened, { ...operands, ...out }, { selection, k });
  });
  return { ...encoding, candidates: async () => (await w.backend.read(candidates))[0] };
}

async function recordEncode(
  { input, workspace: { backend } }: EncodingTensors,
  room: number,
  run: (
    r: Parameters<Parameters<Backend["record"]>[0]>[0],
    out: ReturnType<typeof outputs>,
  ) => void,
): Promise<SparseEncoding> {
  const w = new Workspace(backend);
  const out = outputs(w, input.shape[0], room);
  const program = w.own(await backend.record((r) => run(r, out)));
  return {
    program,
    async codes() {
      const [offsets, indices, values, overflow] = await Promise.all(
        [out.rowOffsets, out.indices, out.values, out.overflow].map((each) => backend.read(each)),
      );
      if (overflow[0] !== 0) throw new Error(`Cannot encode: more than ${room} latents are active`);
      const count = offsets[offsets.length - 1];
      return {
        rowOffsets: Uint32Array.from(offsets),
        indices: Uint32Array.from(indices.subarray(0, count)),
        values: Float32Array.from(values.subarray(0, count)),
      };
    },
    [Symbol.dispose]: () => w[Symbol.dispose](),
  };
}
