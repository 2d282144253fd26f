/**
 * Encodes a problem on a backend with and without screening.
 *
 * @module
 */
import { encodeScreened } from "../../kernels/encode_screened.ts";
import { encodeSparse } from "../../kernels/encode_sparse.ts";
import type { Backend, DType, Tensor } from "../../kernels/kernel.ts";
import { quantizeLatents } from "../../kernels/quantize_latents.ts";
import { quantizedWords, quantizeRows } from "../../kernels/quantize_rows.ts";
import type { Problem } from "./problem.ts";

/** Sparse codes, whose unspecified entries are cut off. */
export interface Codes {
  readonly rowOffsets: number[];
  readonly indices: number[];
  readonly values: number[];
}

/** The results of quantising the rows of a problem, or its latents. */
export interface Quantized {
  readonly words: Uint32Array;
  /** Four numbers for each row. */
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

/** A change of the bounds between quantising and encoding. */
export type Tamper = (bounds: Record<"row" | "latent", Float32Array | Float64Array>) => void;

/** The tensors of one problem. */
export class Tensors extends DisposableStack {
  constructor(readonly backend: Backend) {
    super();
  }

  make(dtype: DType, shape: number[], data?: ArrayLike<number>): Tensor {
    const tensor = this.use(this.backend.tensor(dtype, shape));
    if (data) this.backend.write(tensor, data);
    return tensor;
  }

  /** Makes room for the codes of every latent, and for all else that an encode writes. */
  codes({ B, N }: Problem) {
    return {
      rowOffsets: this.make("u32", [B + 1]),
      indices: this.make("u32", [B * N]),
      values: this.make("f32", [B * N]),
      overflow: this.make("u32", [1]),
    };
  }

  async read({ rowOffsets, indices, values }: ReturnType<Tensors["codes"]>): Promise<Codes> {
    const offsets = Array.from(await this.backend.read(rowOffsets));
    const count = offsets[offsets.length - 1];
    return {
      rowOffsets: offsets,
      indices: Array.from(await this.backend.read(indices)).slice(0, count),
      values: Array.from(await this.backend.read(values)).slice(0, count),
    };
  }
}

/** Quantises a problem, and encodes it with and without screening. */
export async function encodeBoth(
  backend: Backend,
  problem: Problem,
  tamper?: Tamper,
): Promise<Outcome> {
  using t = new Tensors(backend);
  const { B, d, N, selection, k } = problem;
  const W = quantizedWords(d);
  const weights = {
    input: t.make("f32", [B, d], problem.input),
    encoder: t.make("f32", [N, d], problem.encoder),
    encoderBias: t.make("f32", [N], problem.encoderBias),
    threshold: t.make("f32", [N], problem.threshold),
  };
  const { input, encoder } = weights;
  const quantizedRows = t.make("u32", [B, W]), rowBounds = t.make("f32", [B, 4]);
  const quantizedLatents = t.make("u32", [N, W]), latentBounds = t.make("f32", [N, 4]);
  using quantize = await backend.record((r) => {
    r.run(quantizeRows, { input, quantized: quantizedRows, bounds: rowBounds }, {});
    r.run(quantizeLatents, { encoder, quantized: quantizedLatents, bounds: latentBounds }, {});
  });
  const plain = t.codes(problem), screened = t.codes(problem), candidates = t.make("f32", [1]);
  const quantized = { quantizedRows, rowBounds, quantizedLatents, latentBounds };
  using encode = await backend.record((r) => {
    r.run(encodeSparse, { ...weights, ...plain }, { selection, k });
    r.run(encodeScreened, { ...weights, ...quantized, ...screened, candidates }, { selection, k });
  });
  backend.submit(quantize);
  if (tamper) {
    const row = await backend.read(rowBounds) as Float32Array;
    const latent = await backend.read(latentBounds) as Float32Array;
    tamper({ row, latent });
    backend.write(rowBounds, row);
    backend.write(latentBounds, latent);
  }
  backend.submit(encode);
  const resultOf = async (words: Tensor, bounds: Tensor): Promise<Quantized> => ({
    words: await backend.read(words) as Uint32Array,
    bounds: await backend.read(bounds) as Float32Array,
  });
  return {
    plain: await t.read(plain),
    screened: await t.read(screened),
    candidates: (await backend.read(candidates))[0],
    rows: await resultOf(quantizedRows, rowBounds),
    latents: await resultOf(quantizedLatents, latentBounds),
  };
}

/** Returns how two results differ, or undefined if all bits are equal. */
export function difference(screened: Codes, plain: Codes): string | undefined {
  for (const name of ["rowOffsets", "indices", "values"] as const) {
    const got = screened[name], expected = plain[name];
    const length = Math.max(got.length, expected.length);
    for (let e = 0; e < length; e++) {
      if (Object.is(got[e], expected[e])) continue;
      return `${name}[${e}] is ${got[e]} but without screening ${expected[e]}`;
    }
  }
}
