/**
 * Sums over the rows in which each latent is active.
 *
 * @module
 */
import { makeArray } from "../base/array_size.ts";
import { dot } from "../base/vectors.ts";
import type { SparseCodes } from "../model/codes.ts";
import type { SaeParameters } from "../model/parameters.ts";

const TASK = "explore the latents";

/** What is known of one row: the active entries and what they explain, level by level. */
export interface ExplainedRow {
  /** ‖x − x̂‖² when the latents of the levels up to each are used: [levels]. */
  readonly errors: Float64Array;
  /**
   * For each entry of the row by how much its latent reduces ‖x − x̂‖² at its own level: its entries begin at 0.
   */
  readonly gains: Float64Array;
}

/** Reconstructs rows level by level, and adds up what the exploration needs per latent. */
export class LatentSums {
  /** Rows in which each latent is active: [N]. */
  readonly counts: Float64Array;
  /** Sums of activations, of their squares, and the largest: [N]. */
  readonly sums: Float64Array;
  readonly squares: Float64Array;
  readonly maxima: Float64Array;
  /** The squared error of each level over the rows where each latent is active: [N, levels]. */
  readonly errors: Float64Array;
  /** The index of the level that each latent belongs to: [N]. */
  readonly levelOf: Uint32Array;
  /** d, the size of a row. */
  readonly inputSize: number;
  readonly #levels: readonly number[];
  readonly #parameters: SaeParameters;
  readonly #norms: Float64Array;
  /** Sums of x − c over the active rows of each latent, [N, d], and of ‖x − c‖². */
  readonly #inputs: Float64Array;
  readonly #inputSquares: Float64Array;
  /** The sum of x − c over all rows: [d]. */
  readonly #allInputs: Float64Array;
  readonly #centred: Float64Array;
  readonly #residual: Float64Array;
  readonly #row: { errors: Float64Array; gains: Float64Array };
  #rows = 0;

  /** @param levels The prefix lengths, ascending, the last of them N. */
  constructor(parameters: SaeParameters, levels: readonly number[]) {
    const { inputSize: d, latentCount: N, decoder } = parameters;
    this.#parameters = parameters;
    this.#levels = levels;
    this.inputSize = d;
    this.counts = new Float64Array(N);
    this.sums = new Float64Array(N);
    this.squares = new Float64Array(N);
    this.maxima = new Float64Array(N);
    this.errors = makeArray(Float64Array, { latentCount: N, levels: levels.length }, TASK);
    this.levelOf = new Uint32Array(N);
    for (let i = 0, level = 0; i < N; i++) {
      if (i >= levels[level]) level++;
      this.levelOf[i] = level;
    }
    this.#norms = Float64Array.from({ length: N }, (_, i) => {
      const direction = decoder.subarray(i * d, (i + 1) * d);
      return dot(direction, direction);
    });
    this.#inputs = makeArray(Float64Array, { latentCount: N, inputSize: d }, TASK);
    this.#inputSquares = new Float64Array(N);
    this.#allInputs = new Float64Array(d);
    this.#centred = new Float64Array(d);
    this.#residual = new Float64Array(d);
    this.#row = { errors: new Float64Array(levels.length), gains: new Float64Array(64) };
  }

  /** Adds row b of a batch. The result holds until the next call. */
  add(batch: Float32Array, codes: SparseCodes, b: number): ExplainedRow {
    const explained = this.#explain(batch, codes, b);
    const { rowOffsets, indices, values } = codes;
    const centred = this.#centred, d = centred.length, levels = this.#levels.length;
    let squared = 0;
    for (let k = 0; k < d; k++) {
      squared += centred[k] * centred[k];
      this.#allInputs[k] += centred[k];
    }
    this.#rows++;
    for (let e = rowOffsets[b]; e < rowOffsets[b + 1]; e++) {
      const value = values[e], latent = indices[e];
      if (value <= 0) continue;
      this.counts[latent]++;
      this.sums[latent] += value;
      this.squares[latent] += value * value;
      if (value > this.maxima[latent]) this.maxima[latent] = value;
      for (let j = 0; j < levels; j++) {
        this.errors[latent * levels + j] += explained.errors[j];
      }
      this.#inputSquares[latent] += squared;
      const inputs = this.#inputs, start = latent * d;
      for (let k = 0; k < d; k++) inputs[start + k] += centred[k];
    }
    return explained;
  }

  /** Returns the FVU of each level over the active rows of a latent; the variance is about the mean of all rows. */
  levelsOf(latent: number): number[] {
    const count = this.counts[latent], levels = this.#levels.length;
    if (count === 0) return [];
    const d = this.#centred.length;
    let variance = this.#inputSquares[latent];
    for (let k = 0; k < d; k++) {
      const mean = this.#allInputs[k] / this.#rows;
      variance += mean * (count * mean - 2 * this.#inputs[latent * d + k]);
    }
    return Array.from(this.errors.subarray(latent * levels, (latent + 1) * levels), (error) => {
      // Rows that equal the mean leave nothing to explain.
      return variance > 0 ? error / variance : 0;
    });
  }

  #explain(batch: Float32Array, codes: SparseCodes, b: number): ExplainedRow {
    const { decoder, decoderBias } = this.#parameters;
    const { rowOffsets, indices, values, rowUnits } = codes;
    const residual = this.#residual, centred = this.#centred, d = residual.length;
    const scale = rowUnits ? rowUnits.scale[b] : 1, shift = rowUnits ? rowUnits.shift[b] : 0;
    for (let k = 0; k < d; k++) {
      const x = batch[b * d + k];
      centred[k] = x - decoderBias[k];
      residual[k] = x - (decoderBias[k] * scale + shift);
    }
    const begin = rowOffsets[b], end = rowOffsets[b + 1], row = this.#row;
    if (row.gains.length < end - begin) row.gains = new Float64Array(2 * (end - begin));
    let e = begin;
    for (let level = 0; level < this.#levels.length; level++) {
      const first = e;
      for (; e < end && indices[e] < this.#levels[level]; e++) {
        const value = values[e] * scale, start = indices[e] * d;
        for (let k = 0; k < d; k++) residual[k] -= value * decoder[start + k];
      }
      let error = 0;
      for (let k = 0; k < d; k++) error += residual[k] * residual[k];
      row.errors[level] = error;
      for (let other = first; other < e; other++) {
        const value = values[other] * scale, latent = indices[other], start = latent * d;
        let along = 0;
        for (let k = 0; k < d; k++) along += residual[k] * decoder[start + k];
        // ‖r + vD‖² − ‖r‖²
        row.gains[other - begin] = value * (2 * along + value * this.#norms[latent]);
      }
    }
    return row;
  }
}
