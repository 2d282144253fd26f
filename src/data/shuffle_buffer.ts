/**
 * The buffer in which rows wait to be drawn.
 *
 * @module
 */
import type { Batch } from "../model/batch.ts";
import { checkNumber } from "../base/checks.ts";

/** Sizes, and where random numbers come from. */
export interface ShuffleBufferOptions<B extends Batch> {
  /** Of which kind rows and batches are. */
  readonly Kind: new (length: number) => B;
  readonly inputSize: number;
  readonly bufferRows: number;
  readonly batchRows: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * Rows held back, and the batch that is being filled. It knows the number under which each row came, so
 * that a row need not be kept to be found again.
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
    this.#rows = new Kind(bufferRows * inputSize);
    this.#numbers = new Float64Array(bufferRows);
    this.#batch = this.#rows;
  }

  /** The rows held, [held, inputSize]: a view. */
  get rows(): B {
    return this.#rows.subarray(0, this.#held * this.#options.inputSize) as B;
  }

  /** Their numbers: a view. */
  get numbers(): Float64Array {
    return this.#numbers.subarray(0, this.#held);
  }

  /** Fills an empty buffer with rows that another has held, in its order. */
  restore(rows: B, numbers: Float64Array): void {
    this.#rows.set(rows);
    this.#numbers.set(numbers);
    this.#held = numbers.length;
  }

  /** Takes a row, and gives a batch if that completes one. */
  add(row: B, number: number): B | undefined {
    const j = this.#held < this.#options.bufferRows ? this.#held++ : this.#draw();
    this.#rows.set(row, j * row.length);
    this.#numbers[j] = number;
    return this.#takeFull();
  }

  /** The next batch of the rows held, while there are enough for one. */
  drain(): B | undefined {
    const d = this.#options.inputSize;
    while (this.#held > 0) {
      const j = this.#draw(), last = --this.#held;
      this.#rows.copyWithin(j * d, last * d, (last + 1) * d);
      this.#numbers[j] = this.#numbers[last];
      const full = this.#takeFull();
      if (full) return full;
    }
  }

  /** The rows left over, drawn but too few for a batch. */
  takeRest(): B {
    const rest = this.#batch.slice(0, this.#filled * this.#options.inputSize) as B;
    this.#filled = 0;
    return rest;
  }

  /** Copies a random row to the batch and says which, so that its place can be filled. */
  #draw(): number {
    const { inputSize: d, batchRows, random, Kind } = this.#options;
    const r = random();
    checkNumber(r, "what random gives", "shuffle rows", { least: 0, below: 1 });
    const j = Math.floor(r * this.#held);
    if (this.#filled === 0) this.#batch = new Kind(batchRows * d);
    this.#batch.set(this.#rows.subarray(j * d, (j + 1) * d), this.#filled++ * d);
    return j;
  }

  #takeFull(): B | undefined {
    if (this.#filled < this.#options.batchRows) return undefined;
    this.#filled = 0;
    return this.#batch;
  }
}
