/**
 * Measures how often latents are active.
 *
 * @module
 */

import { makeArray } from "../../base/array_size.ts";
import { checkFloats, checkInteger } from "../../base/checks.ts";
import { checkActivations, checkCodes, type SparseCodes } from "../../model/codes.ts";

/** The result of {@linkcode ActivityMetrics}. */
export interface Activity {
  /** The number of rows. */
  readonly rows: number;
  /** The mean number of active latents per row. */
  readonly l0: number;
  /** The share of rows in which each latent is active: [N]. */
  readonly frequency: Float64Array;
  /** The number of latents that are active in no row. */
  readonly deadLatentCount: number;
}

/**
 * Accumulates L0, activation frequencies and dead latents over batches. A latent is active if its value is not 0.
 *
 * @example
 * ```ts
 * import { ActivityMetrics } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const metrics = new ActivityMetrics(3);
 * metrics.addActivations(new Float32Array([1, 0, 0, 2, 0, 3]));
 * const { l0, frequency, deadLatentCount } = metrics.result();
 * assertEquals(l0, 1.5);
 * assertEquals([...frequency], [1, 0, 0.5]);
 * assertEquals(deadLatentCount, 1);
 * ```
 */
export class ActivityMetrics {
  readonly #counts: Float64Array;
  #rows = 0;

  /**
   * Creates metrics without any rows.
   *
   * @param latentCount the number of latents, N
   * @throws {RangeError} if it is not an integer of at least 1
   * @throws {TypeError} if it is not a number
   */
  constructor(latentCount: number) {
    checkInteger(latentCount, "latentCount", "measure activity");
    this.#counts = makeArray(Float64Array, { latentCount }, "measure activity");
  }

  /**
   * Adds a batch of sparse codes.
   *
   * @throws {RangeError} if they are not well formed or have another number of latents
   */
  addCodes(codes: SparseCodes): void {
    checkCodes(codes, "measure activity");
    if (codes.latentCount !== this.#counts.length) {
      throw new RangeError(
        `Cannot measure activity: latentCount is ${this.#counts.length} but the codes have ` +
          `${codes.latentCount}`,
      );
    }
    codes.indices.forEach((latent, e) => {
      if (codes.values[e] !== 0) this.#counts[latent]++;
    });
    this.#rows += codes.rows;
  }

  /**
   * Adds a batch of dense activations, [B, N].
   *
   * @throws {RangeError} if the last row is incomplete
   */
  addActivations(activations: Float32Array): void {
    checkFloats(activations, "activations", "measure activity");
    const N = this.#counts.length;
    const rows = Math.floor(activations.length / N);
    checkActivations(rows, N, activations, "measure activity");
    for (let b = 0; b < rows; b++) {
      for (let i = 0; i < N; i++) if (activations[b * N + i] !== 0) this.#counts[i]++;
    }
    this.#rows += rows;
  }

  /**
   * Returns the metrics of all rows that were added.
   *
   * @throws {RangeError} if no row was added
   */
  result(): Activity {
    const rows = this.#rows;
    if (rows === 0) {
      throw new RangeError("Cannot measure activity: at least 1 row is needed but there are 0");
    }
    return {
      rows,
      l0: this.#counts.reduce((sum, count) => sum + count, 0) / rows,
      frequency: this.#counts.map((count) => count / rows),
      deadLatentCount: this.#counts.reduce((dead, count) => dead + (count === 0 ? 1 : 0), 0),
    };
  }
}
