/**
 * Encodes a problem on a backend with and without screening.
 *
 * @module
 */
import { encodeScreened } from "../../kernels/encode_screened.ts";
import { encodeSparse } from "../../kernels/encode_sparse.ts";
import { encodeStored } from "../../kernels/encode_stored.ts";
import type { Backend, Recorder, Tensor } from "../../kernels/kernel.ts";
import { quantizeLatents } from "../../kernels/quantize_latents.ts";
import { quantizedWords, quantizeRows } from "../../kernels/quantize_rows.ts";
import { quantizeStored } from "../../kernels/quantize_stored.ts";
import type { Problem } from "./problem.ts";
import type { StoredRows } from "./stored.ts";
import { type Codes, Tensors } from "./tensors.ts";

/** How many bounds a row has, and a latent. */
export const ROW_BOUNDS = 5;
export const LATENT_BOUNDS = 4;

/** The results of quantising the rows of a problem, or its latents. */
export interface Quantized {
  readonly words: Uint32Array;
  readonly bounds: Float32Array | Float64Array;
}

/** Both encodes of a problem. */
export interface Outcome {
  readonly plain: Codes;
  readonly screened: Codes;
  /** Candidates per row. */
  readonly candidates: number;
  readonly rows: Quantized;
  readonly latents: Quantized;
}

/** The bounds of rows and of latents. */
export type Bounds = Record<"row" | "latent", Float32Array | Float64Array>;

/** What to do beside encoding a problem. */
export interface EncodeOptions {
  /** Changes the bounds between quantising and encoding. */
  readonly tamper?: (bounds: Bounds) => void;
  /** The input of a batch that the same program encodes first. */
  readonly before?: Float32Array;
  /** The encoder as a file stores it; `encoder` of the problem is what it stands for. */
  readonly stored?: StoredRows;
}

/** Records both encodes of a problem, and how its rows and latents are quantised. */
class Encodes extends Tensors {
  readonly quantizedRows: Tensor;
  readonly rowBounds: Tensor;
  readonly quantizedLatents: Tensor;
  readonly latentBounds: Tensor;
  readonly plain: ReturnType<Tensors["codes"]>;
  readonly screened: ReturnType<Tensors["codes"]>;
  readonly candidates: Tensor;
  readonly input: Tensor;
  readonly #encoder: Tensor;
  readonly #others: Record<"encoderBias" | "threshold", Tensor>;
  readonly #stored: { readonly stored: Tensor; readonly scale: Tensor } | undefined;

  constructor(backend: Backend, readonly problem: Problem, readonly rows?: StoredRows) {
    super(backend);
    const { B, d, N } = problem, W = quantizedWords(d);
    this.input = this.make("f32", [B, d], problem.input);
    this.#encoder = this.make("f32", [N, d], problem.encoder);
    this.#others = {
      encoderBias: this.make("f32", [N], problem.encoderBias),
      threshold: this.make("f32", [N], problem.threshold),
    };
    this.#stored = rows && {
      stored: this.make("u32", [N, rows.V], rows.stored),
      scale: this.make("f32", [N], rows.scale),
    };
    this.quantizedRows = this.make("u32", [B, 2, W]);
    this.rowBounds = this.make("f32", [B, ROW_BOUNDS]);
    this.quantizedLatents = this.make("u32", [N, W]);
    this.latentBounds = this.make("f32", [N, LATENT_BOUNDS]);
    this.plain = this.codes(B, N);
    this.screened = this.codes(B, N);
    this.candidates = this.make("f32", [1]);
  }

  quantize(r: Recorder): void {
    const latents = { quantized: this.quantizedLatents, bounds: this.latentBounds };
    r.run(quantizeRows, {
      input: this.input,
      quantized: this.quantizedRows,
      bounds: this.rowBounds,
    }, {});
    if (this.rows && this.#stored) {
      const constants = { type: this.rows.type, d: this.problem.d };
      r.run(quantizeStored, { ...this.#stored, ...latents }, constants);
    } else r.run(quantizeLatents, { encoder: this.#encoder, ...latents }, {});
  }

  encode(r: Recorder): void {
    const { selection, k } = this.problem;
    const { quantizedRows, rowBounds, quantizedLatents, latentBounds, candidates } = this;
    const inputs = { input: this.input, ...this.#others };
    const weights = { encoder: this.#encoder };
    r.run(encodeSparse, { ...inputs, ...weights, ...this.plain }, { selection, k });
    const screened = {
      ...inputs,
      ...{ quantizedRows, rowBounds, quantizedLatents, latentBounds, candidates },
      ...this.screened,
    };
    if (this.rows && this.#stored) {
      const constants = { selection, k, type: this.rows.type };
      r.run(encodeStored, { ...screened, ...this.#stored }, constants);
    } else r.run(encodeScreened, { ...screened, ...weights }, { selection, k });
  }
}

/** Quantises a problem, and encodes it with and without screening. */
export async function encodeBoth(
  backend: Backend,
  problem: Problem,
  { tamper, before, stored }: EncodeOptions = {},
): Promise<Outcome> {
  using t = new Encodes(backend, problem, stored);
  using program = await backend.record((r) => t.encode(r));
  if (before) {
    backend.write(t.input, before);
    await t.run((r) => t.quantize(r));
    backend.submit(program);
    backend.write(t.input, problem.input);
  }
  await t.run((r) => t.quantize(r));
  const floats = async (tensor: Tensor) => await backend.read(tensor) as Float32Array;
  const bounds = { row: await floats(t.rowBounds), latent: await floats(t.latentBounds) };
  tamper?.(bounds);
  backend.write(t.rowBounds, bounds.row);
  backend.write(t.latentBounds, bounds.latent);
  backend.submit(program);
  const words = async (tensor: Tensor) => await backend.read(tensor) as Uint32Array;
  return {
    plain: await t.read(t.plain),
    screened: await t.read(t.screened),
    candidates: (await backend.read(t.candidates))[0],
    rows: { words: await words(t.quantizedRows), bounds: bounds.row },
    latents: { words: await words(t.quantizedLatents), bounds: bounds.latent },
  };
}
