/**
 * The buffer in which rows wait to be drawn at random.
 *
 * @module
 */
import type { Batch } from "../model/batch.ts";
import { makeArray } from "../base/array_size.ts";
import { checkNumber } from "../base/checks.ts";

const TASK = "shuffle rows";

/** Options of a {@linkcode ShuffleBuffer}. */
export interface ShuffleBufferOptions<B extends Batch> {
  /** The array type of rows and batches. */
  readonly Kind: new (length: number) => B;
  readonly inputSize: number;
  readonly bufferRows: number;
  readonly batchRows: number;
  /** Returns uniform numbers in [0, 1). */
  readonly random: () => number;
}

/**
 * Holds rows back and fills batches from them. It remembers the number of each row, so that a saved state can name
 * rows instead of holding them.
 */
export class ShuffleBuffer<B extends Batch> {
  readonly #options: ShuffleBufferOptions<B>;
  readonly #rows: B;
  readonly #numbers: Float64Array;
  #held = 0;
  #batch: B;
  #filled = 0;

  constructor(options: ShuffleBufferOptions<B>) {
    const { inputSize, bufferRows, Kind } = options;
    this.#options = options;
    this.#rows = makeArray(Kind, { bufferRows, inputSize }, TASK);
    this.#numbers = makeArray(Float64Array, { bufferRows }, TASK);
    this.#batch = this.#rows;
  }

  /** The rows in the buffer, [held, inputSize]: a view. */
  get rows(): B {
    return this.#rows.subarray(0, this.#held * this.#options.inputSize) as B;
  }

  /** The numbers of the rows in the buffer: a view. */
  get numbers(): Float64Array {
    return this.#numbers.subarray(0, this.#held);
  }

  /** Fills an empty buffer with the rows of another one, in the same order. */
  restore(rows: B, numbers: Float64Array): void {
    this.#rows.set(rows);
    this.#numbers.set(numbers);
    this.#held = numbers.length;
  }

  /** Adds a row, and returns a batch if that completes one. */
  add(row: B, number: number): B | undefined {
    const j = this.#held < this.#options.bufferRows ? this.#held++ : this.#draw();
    this.#rows.set(row, j * row.length);
    this.#numbers[j] = number;
    return this.#takeFull();
  }

  /** Returns the next batch from the rows in the buffer, or undefined if they are too few. */
  drain(): B | undefined {
    const d = this.#options.inputSize;
    while (this.#held > 0) {
      const j = this.#draw();
      const last = --this.#held;
      this.#rows.copyWithin(j * d, last * d, (last + 1) * d);
      this.#numbers[j] = this.#numbers[last];
      const full = this.#takeFull();
      if (full) return full;
    }
  }

  /** Returns the rows that were drawn but are too few for a batch. */
  takeRest(): B {
    const rest = this.#batch.slice(0, this.#filled * this.#options.inputSize) as B;
    this.#filled = 0;
    return rest;
  }

  /** Copies a random row to the batch, and returns its index so that its place can be filled. */
  #draw(): number {
    const { inputSize: d, batchRows, random, Kind } = this.#options;
    const r = random();
    checkNumber(r, "the result of random", TASK, { least: 0, below: 1 });
    const j = Math.floor(r * this.#held);
    if (this.#filled === 0) this.#batch = makeArray(Kind, { batchRows, inputSize: d }, TASK);
    this.#batch.set(this.#rows.subarray(j * d, (j + 1) * d), this.#filled++ * d);
    return j;
  }

  #takeFull(): B | undefined {
    if (this.#filled < this.#options.batchRows) return undefined;
    this.#filled = 0;
    return this.#batch;
  }
}
