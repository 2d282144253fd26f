/**
 * The sums behind the metrics of reconstruction. They lie in one array, so that ranks can pass them on.
 *
 * @module
 */

import { makeArray } from "../../base/array_size.ts";
import {
  checkArray,
  checkFloats,
  checkInteger,
  checkNumber,
  firstBeyond,
} from "../../base/checks.ts";

const TASK = "measure reconstruction";
const SUBJECT = `Cannot ${TASK}`;

/** The result of {@linkcode ReconstructionMetrics}. */
export interface Reconstruction {
  /** The number of rows. */
  readonly rows: number;
  /** The variance of the inputs, summed over features: Σ‖x − mean‖² / rows. */
  readonly totalVariance: number;
  /** For each prefix the fraction of variance unexplained (FVU), which can exceed 1, and 1 − FVU. */
  readonly perPrefix: readonly { readonly fvu: number; readonly explainedVariance: number }[];
}

/** Accumulates what {@linkcode Reconstruction} needs, over rows in their order. */
export class ReconstructionSums {
  /** For each prefix Σ (x̂ − x)² over rows and features: [P]. */
  readonly squaredErrors: Float64Array;
  readonly #mean: Float64Array;
  #squaredDeviations = 0;
  #rows = 0;

  constructor(inputSize: number, prefixCount: number) {
    checkInteger(inputSize, "inputSize", TASK);
    checkInteger(prefixCount, "prefixCount", TASK);
    this.#mean = makeArray(Float64Array, { inputSize }, TASK);
    this.squaredErrors = makeArray(Float64Array, { prefixCount }, TASK);
  }

  /** The number of rows that were added. */
  get rows(): number {
    return this.#rows;
  }

  /** Throws unless a batch can be added. */
  check(batch: Float32Array, squaredErrorSums: ArrayLike<number>): void {
    const d = this.#mean.length;
    const P = this.squaredErrors.length;
    checkFloats(batch, "the batch", TASK);
    checkArray(squaredErrorSums, "squaredErrorSums", TASK);
    if (batch.length % d !== 0) {
      throw new RangeError(`${SUBJECT}: ${batch.length} inputs are not rows of inputSize ${d}`);
    }
    if (squaredErrorSums.length !== P) {
      throw new RangeError(
        `${SUBJECT}: ${P} prefixes need ${P} squared errors but there are ${squaredErrorSums.length}`,
      );
    }
    const bad = firstBeyond(batch);
    if (bad >= 0) {
      throw new RangeError(`${SUBJECT}: row ${Math.floor(bad / d)} holds ${batch[bad]}`);
    }
    for (let j = 0; j < P; j++) {
      checkNumber(squaredErrorSums[j], `the squared error of prefix ${j}`, TASK, { least: 0 });
    }
  }

  /** Adds a batch that was checked. */
  add(batch: Float32Array, squaredErrorSums: ArrayLike<number>): void {
    const d = this.#mean.length;
    for (let j = 0; j < squaredErrorSums.length; j++) {
      this.squaredErrors[j] += squaredErrorSums[j];
    }
    for (let start = 0; start < batch.length; start += d) {
      this.#rows++;
      for (let k = 0; k < d; k++) {
        const deviation = batch[start + k] - this.#mean[k];
        this.#mean[k] += deviation / this.#rows;
        this.#squaredDeviations += deviation * (batch[start + k] - this.#mean[k]);
      }
    }
  }

  /** Returns the sums as one array, for {@linkcode ReconstructionSums.restore} on another rank. */
  state(): Float64Array {
    const P = this.squaredErrors.length;
    const state = new Float64Array(2 + P + this.#mean.length);
    state.set([this.#squaredDeviations, this.#rows]);
    state.set(this.squaredErrors, 2);
    state.set(this.#mean, 2 + P);
    return state;
  }

  /** Goes on from the sums of another rank. */
  restore(state: Float64Array): void {
    const P = this.squaredErrors.length;
    [this.#squaredDeviations, this.#rows] = state;
    this.squaredErrors.set(state.subarray(2, 2 + P));
    this.#mean.set(state.subarray(2 + P));
  }

  /** Returns the metrics, unless there is no variance. */
  result(): Reconstruction {
    const total = this.#squaredDeviations;
    const rows = this.#rows;
    if (total === 0) {
      throw new RangeError(`${SUBJECT}: the variance of ${rows} rows must be positive but is 0`);
    }
    const perPrefix = Array.from(this.squaredErrors, (squaredError) => {
      const fvu = squaredError / total;
      return { fvu, explainedVariance: 1 - fvu };
    });
    return { rows, totalVariance: total / rows, perPrefix };
  }
}
