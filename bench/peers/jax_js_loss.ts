/**
 * The Matryoshka loss in jax-js, in two layouts. Its fast products need sizes that are multiples of
 * 16, and drawn prefixes are not: products of other sizes run in plain loops. One layout is the form
 * that users would write: an array per parameter, split at the prefixes. The other has an array per
 * block of latents, padded with silent latents to a multiple of 16, and is its fastest form.
 */
import type * as jax from "@jax-js/jax";
import type { SaeParameters } from "../../src/model/parameters.ts";
import type { Job } from "../harness/peer.ts";

export type Jax = typeof jax;
export type Value = jax.Array;
/** Arrays of each parameter, block by block; c has one. */
export type Parameters = { E: Value[]; b: Value[]; D: Value[]; c: Value[] };

/** The names of the parameters. */
export const NAMES = ["E", "b", "D", "c"] as const;

/** Latents `from` to `to` − 1, in arrays of `rows` rows. */
interface Block {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
}

// Every use of a value but its last needs `.ref`: functions own their arguments.

/** Returns relu(x Eᵀ + b). */
export function encode({ numpy: np, nn }: Jax, x: Value, E: Value, b: Value): Value {
  return nn.relu(np.matmul(x, np.transpose(E)).add(b));
}

/**
 * Returns Σ v², summed by rows first: the library sums in plain loops, which lose three digits over
 * millions of values.
 */
export function sumOfSquares({ numpy: np }: Jax, value: Value): Value {
  const squares = np.square(value);
  return np.sum(squares.ndim > 1 ? np.sum(squares, 1) : squares);
}

/** Reads an array, and releases it. */
export async function numbers(value: Value): Promise<Float32Array> {
  return Float32Array.from(await value.data());
}

/** One layout of the parameters, and the loss in it. */
export class Layout {
  readonly #jax: Jax;
  readonly #job: Job;
  readonly #blocks: readonly Block[];

  constructor(jax: Jax, job: Job, padded: boolean) {
    const bounds = padded ? job.prefixes : [job.N];
    this.#jax = jax;
    this.#job = job;
    this.#blocks = bounds.map((to, j) => {
      const from = j > 0 ? bounds[j - 1] : 0;
      return { from, to, rows: padded ? Math.ceil((to - from) / 16) * 16 : to - from };
    });
  }

  /** Cuts parameters into blocks. Padding latents are silent; their decoder rows have a norm above 0. */
  cut({ encoder, encoderBias, decoder, decoderBias }: SaeParameters): Parameters {
    const { d } = this.#job;
    const blocks = (source: Float32Array, width: number, padding: number) =>
      this.#blocks.map(({ from, to, rows }) => {
        const data = new Float32Array(rows * width).fill(padding);
        data.set(source.subarray(from * width, to * width));
        return this.array(data, ...(width > 1 ? [rows, width] : [rows]));
      });
    return {
      E: blocks(encoder, d, 0),
      b: blocks(encoderBias, 1, -1),
      D: blocks(decoder, d, 1),
      c: [this.array(decoderBias, d)],
    };
  }

  /** Joins the blocks again, and releases them. */
  async join({ E, b, D, c }: Parameters, scale = 1): Promise<SaeParameters> {
    const { N, d } = this.#job;
    const whole = async (arrays: Value[], width: number) => {
      const result = new Float32Array(N * width);
      for (const [k, { from, to }] of this.#blocks.entries()) {
        result.set((await numbers(arrays[k])).subarray(0, (to - from) * width), from * width);
      }
      return result.map((value) => value * scale);
    };
    return {
      inputSize: d,
      latentCount: N,
      encoder: await whole(E, d),
      encoderBias: await whole(b, 1),
      decoder: await whole(D, d),
      decoderBias: (await numbers(c[0])).map((value) => value * scale),
    };
  }

  /** Returns an array on the device. */
  array(data: Float32Array, ...shape: number[]): Value {
    return this.#jax.numpy.array(data as Float32Array<ArrayBuffer>, { shape });
  }

  /** Returns the loss: mean over prefixes, squared error summed over features, log penalty. */
  loss({ E, b, D, c }: Parameters, x: Value): Value {
    const jax = this.#jax, { numpy: np } = jax;
    const { prefixes, B, constants } = this.#job;
    const P = prefixes.length, apart = E.length === P;
    const f = E.map((E, k) => encode(jax, x.ref, E, b[k]));
    const sparsity = f.map((f, k) => {
      const norms = np.sqrt(np.sum(np.square(D[k].ref), 1));
      const penalties = np.log1p(f.ref.mul(norms).mul(1 / constants.logEpsilon));
      return np.sum(np.sum(penalties, 0).mul(this.#shares(k)));
    });
    let loss = sparsity.reduce((sum, term) => sum.add(term)).mul(constants.sparsityScale / B);
    const cuts = prefixes.slice(0, -1);
    const codes = apart ? f : np.split(f[0], cuts, 1), rows = apart ? D : np.split(D[0], cuts);
    let residual = c[0].sub(x);
    for (let j = 0; j < P; j++) {
      residual = residual.add(np.matmul(codes[j], rows[j]));
      loss = loss.add(sumOfSquares(jax, residual.ref).mul(1 / (B * P)));
    }
    residual.dispose();
    return loss;
  }

  /** Returns the share of prefixes that contain each latent: its penalty counts once for each. */
  #shares(k: number): Value {
    const { prefixes } = this.#job, { from, rows } = this.#blocks[k];
    const share = (i: number) => prefixes.filter((p) => i < p).length / prefixes.length;
    return this.array(Float32Array.from({ length: rows }, (_, i) => share(from + i)), rows);
  }
}
