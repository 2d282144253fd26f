/** Computes what `exploreLatents` gathers from dense activations, one latent and one pair at a time, in float64. */
import { denseFromCodes, type SaeParameters, type SparseCodes } from "../../mod.ts";
import { samplePriority } from "../../src/exploration/activation_range.ts";

export interface Place {
  readonly row: number;
  readonly value: number;
}

export class BruteForce {
  readonly #x: Float32Array;
  readonly #codes: SparseCodes;
  readonly #parameters: SaeParameters;
  readonly #dense: Float32Array;
  readonly #context: number;

  constructor(
    x: Float32Array,
    codes: SparseCodes,
    parameters: SaeParameters,
    context: number,
  ) {
    this.#x = x;
    this.#codes = codes;
    this.#parameters = parameters;
    this.#dense = denseFromCodes(codes);
    this.#context = context;
  }

  get rows(): number {
    return this.#codes.rows;
  }

  value(row: number, latent: number): number {
    return this.#dense[row * this.#codes.latentCount + latent];
  }

  /** Every row where the latent is active. */
  active(latent: number): Place[] {
    return Array.from({ length: this.rows }, (_, row) => ({ row, value: this.value(row, latent) }))
      .filter(({ value }) => value > 0);
  }

  /** The best place of each sequence by an order, and of these the first. */
  #onePerSequence(places: Place[], most: number, order: (a: Place, b: Place) => number): Place[] {
    const seen = new Set<number>();
    const best: Place[] = [];
    for (const place of places.toSorted(order)) {
      const sequence = Math.floor(place.row / this.#context);
      if (seen.has(sequence)) continue;
      seen.add(sequence);
      best.push(place);
    }
    return best.slice(0, most);
  }

  top(latent: number, most: number): Place[] {
    return this.#onePerSequence(
      this.active(latent),
      most,
      (a, b) => b.value - a.value || a.row - b.row,
    );
  }

  /** Samples of the activations from `from` to `to`. */
  samples(latent: number, from: number, to: number, most: number): Place[] {
    const priority = ({ row }: Place) => samplePriority(row, latent);
    return this.#onePerSequence(
      this.active(latent).filter(({ value }) => value >= from && value < to),
      most,
      (a, b) => priority(a) - priority(b),
    ).toSorted((a, b) => b.value - a.value || a.row - b.row);
  }

  /** x − x̂ of a row with the first `prefix` latents, without one of them if it is given. */
  residual(row: number, prefix: number, without = -1): Float64Array {
    const { inputSize: d, decoder, decoderBias } = this.#parameters;
    return Float64Array.from({ length: d }, (_, k) => {
      let sum = this.#x[row * d + k] - decoderBias[k];
      for (let i = 0; i < prefix; i++) {
        if (i !== without) sum -= this.value(row, i) * decoder[i * d + k];
      }
      return sum;
    });
  }

  /** The squared error over rows. */
  error(rows: readonly Place[], prefix: number, without?: number): number {
    let sum = 0;
    for (const { row } of rows) {
      for (const each of this.residual(row, prefix, without)) sum += each * each;
    }
    return sum;
  }

  /** The FVU of a prefix over rows; the variance is about the mean of all rows. */
  fvu(rows: readonly Place[], prefix: number): number {
    const { inputSize: d } = this.#parameters;
    let variance = 0;
    for (let k = 0; k < d; k++) {
      let mean = 0;
      for (let row = 0; row < this.rows; row++) mean += this.#x[row * d + k] / this.rows;
      for (const { row } of rows) variance += (this.#x[row * d + k] - mean) ** 2;
    }
    return this.error(rows, prefix) / variance;
  }

  /** What decides whether one latent is the parent of another, when `prefix` latents reconstruct. */
  link(parent: number, child: number, prefix: number) {
    const rows = this.active(child);
    let products = 0, parentSquares = 0, childSquares = 0, silent = 0;
    for (const { row, value } of rows) {
      const other = Math.max(0, this.value(row, parent));
      products += value * other;
      parentSquares += other * other;
      childSquares += value * value;
      if (other === 0) silent++;
    }
    const maxima = [parent, child].map((i) => Math.max(...this.active(i).map((p) => p.value)));
    const without = this.error(rows, prefix, parent);
    return {
      similarity: products / Math.sqrt(parentSquares * childSquares) *
        Math.min(...maxima) / Math.max(...maxima),
      absorption: silent / rows.length,
      gain: (without - this.error(rows, prefix)) / without,
    };
  }

  cosine(i: number, j: number): number {
    const { inputSize: d, decoder } = this.#parameters;
    const row = (n: number) => decoder.subarray(n * d, (n + 1) * d);
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, k) => sum + v * b[k], 0);
    return dot(row(i), row(j)) / Math.sqrt(dot(row(i), row(i)) * dot(row(j), row(j)));
  }
}
