/**
 * Measures how much of the variance of inputs each prefix reconstructs.
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

/**
 * Accumulates FVU = Σ‖x − x̂‖² / Σ‖x − mean‖² and explained variance 1 − FVU per prefix over batches, in float64.
 *
 * The mean is taken over all rows, for each feature. The denominator is updated by the method of Welford (1962),
 * which does not cancel when the mean is large. A constant error of the reconstruction counts as unexplained.
 *
 * @example
 * ```ts
 * import { ReconstructionMetrics, squaredErrorSum } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const batch = new Float32Array([1, 3]);
 * const metrics = new ReconstructionMetrics(1, 1);
 * metrics.add(batch, [squaredErrorSum(batch, new Float32Array([1, 2]))]);
 * assertEquals(metrics.result().perPrefix[0], { fvu: 0.5, explainedVariance: 0.5 });
 * ```
 */
export class ReconstructionMetrics {
  readonly #mean: Float64Array;
  readonly #squaredErrors: Float64Array;
  #squaredDeviations = 0;
  #rows = 0;

  /**
   * Creates metrics without any rows.
   *
   * @param inputSize the size of a row, d
   * @param prefixCount the number of prefixes, P
   * @throws {RangeError} if either is not an integer of at least 1
   * @throws {TypeError} if either is not a number
   */
  constructor(inputSize: number, prefixCount: number) {
    checkInteger(inputSize, "inputSize", TASK);
    checkInteger(prefixCount, "prefixCount", TASK);
    this.#mean = makeArray(Float64Array, { inputSize }, TASK);
    this.#squaredErrors = makeArray(Float64Array, { prefixCount }, TASK);
  }

  /**
   * Adds a batch.
   *
   * @param batch the inputs, [B, d]
   * @param squaredErrorSums for each prefix Σ (x̂ − x)² over rows and features: [P]
   * @throws {RangeError} if a length is wrong or a value is not finite; then nothing is added
   */
  add(batch: Float32Array, squaredErrorSums: ArrayLike<number>): void {
    const d = this.#mean.length;
    const P = this.#squaredErrors.length;
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
    for (let j = 0; j < P; j++) this.#squaredErrors[j] += squaredErrorSums[j];
    for (let start = 0; start < batch.length; start += d) {
      this.#rows++;
      for (let k = 0; k < d; k++) {
        const deviation = batch[start + k] - this.#mean[k];
        this.#mean[k] += deviation / this.#rows;
        this.#squaredDeviations += deviation * (batch[start + k] - this.#mean[k]);
      }
    }
  }

  /**
   * Returns the metrics of all rows that were added.
   *
   * @throws {RangeError} if all rows are equal, as a single row is: FVU has no denominator then
   */
  result(): Reconstruction {
    const total = this.#squaredDeviations;
    if (total === 0) {
      throw new RangeError(
        `${SUBJECT}: the variance of ${this.#rows} rows must be positive but is 0`,
      );
    }
    const perPrefix = Array.from(this.#squaredErrors, (squaredError) => {
      const fvu = squaredError / total;
      return { fvu, explainedVariance: 1 - fvu };
    });
    return { rows: this.#rows, totalVariance: total / this.#rows, perPrefix };
  }
}

/**
 * Returns Σ (x̂ − x)² over rows and features, summed in float64.
 *
 * @param batch the inputs, [B, d]
 * @param reconstruction the outputs of a prefix, [B, d]
 * @throws {RangeError} if their lengths differ
 *
 * @example
 * ```ts
 * import { squaredErrorSum } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(squaredErrorSum(new Float32Array([1, 2]), new Float32Array([1, 5])), 9);
 * ```
 */
export function squaredErrorSum(batch: Float32Array, reconstruction: Float32Array): number {
  checkFloats(batch, "the batch", "sum squared errors");
  checkFloats(reconstruction, "the reconstruction", "sum squared errors");
  if (batch.length !== reconstruction.length) {
    throw new RangeError(
      `Cannot sum squared errors: the batch has ${batch.length} values but the reconstruction ` +
        `${reconstruction.length}`,
    );
  }
  let sum = 0;
  for (let i = 0; i < batch.length; i++) sum += (reconstruction[i] - batch[i]) ** 2;
  return sum;
}
