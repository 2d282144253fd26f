/**
 * What an evaluation measures, from the sums over its rows.
 *
 * @module
 */
import type { ReconstructionSums } from "./metrics/reconstruction_sums.ts";

/** The metrics of one prefix. */
export interface PrefixEvaluation {
  /** The number of latents, p_j. */
  readonly prefix: number;
  /** The squared residual, summed over features, averaged over rows. */
  readonly squaredError: number;
  /** The fraction of variance unexplained (FVU) over all rows; it can exceed 1. */
  readonly fvu: number;
  /** 1 − FVU. */
  readonly explainedVariance: number;
  /** The mean number of active latents among the first p_j. */
  readonly l0: number;
}

/** The result of `evaluate`. */
export interface Evaluation {
  /** The number of rows. */
  readonly rows: number;
  /** The mean number of active latents per row. */
  readonly l0: number;
  /** The number of latents that are active in no row. */
  readonly deadLatents: number;
  /** For each latent, the share of rows in which it is active: [N]. */
  readonly frequency: Float64Array;
  /** The metrics of each prefix, in their order. */
  readonly perPrefix: PrefixEvaluation[];
}

/**
 * Returns the result of an evaluation.
 *
 * @param bounds The lengths of the prefixes: [P].
 * @param activeRows The number of rows in which each latent is active: [N].
 * @throws {RangeError} if there are no rows, or all of them are equal.
 */
export function evaluationOf(
  sums: ReconstructionSums,
  bounds: ArrayLike<number>,
  activeRows: Float64Array,
  task: string,
): Evaluation {
  const { rows, squaredErrors } = sums;
  if (rows === 0) throw new RangeError(`Cannot ${task}: at least 1 row is needed but there are 0`);
  const { perPrefix } = sums.result();
  let active = 0;
  let counted = 0;
  const metrics = perPrefix.map((measured, j) => {
    for (; counted < bounds[j]; counted++) active += activeRows[counted];
    const squaredError = squaredErrors[j] / rows;
    return { prefix: bounds[j], squaredError, ...measured, l0: active / rows };
  });
  return {
    rows,
    l0: active / rows,
    deadLatents: activeRows.reduce((dead, count) => dead + (count === 0 ? 1 : 0), 0),
    frequency: activeRows.map((count) => count / rows),
    perPrefix: metrics,
  };
}
