/**
 * Measures how much of the variance of inputs each prefix reconstructs.
 *
 * @module
 */

import { checkFloats } from "../../base/checks.ts";
import { type Reconstruction, ReconstructionSums } from "./reconstruction_sums.ts";

export type { Reconstruction };

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
  readonly #sums: ReconstructionSums;

  /**
   * Creates metrics without any rows.
   *
   * @param inputSize the size of a row, d
   * @param prefixCount the number of prefixes, P
   * @throws {RangeError} if either is not an integer of at least 1
   * @throws {TypeError} if either is not a number
   */
  constructor(inputSize: number, prefixCount: number) {
    this.#sums = new ReconstructionSums(inputSize, prefixCount);
  }

  /**
   * Adds a batch.
   *
   * @param batch the inputs, [B, d]
   * @param squaredErrorSums for each prefix Σ (x̂ − x)² over rows and features: [P]
   * @throws {RangeError} if a length is wrong or a value is not finite; then nothing is added
   */
  add(batch: Float32Array, squaredErrorSums: ArrayLike<number>): void {
    this.#sums.check(batch, squaredErrorSums);
    this.#sums.add(batch, squaredErrorSums);
  }

  /**
   * Returns the metrics of all rows that were added.
   *
   * @throws {RangeError} if all rows are equal, as a single row is: FVU has no denominator then
   */
  result(): Reconstruction {
    return this.#sums.result();
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
