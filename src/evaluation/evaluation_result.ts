/**
 * What an evaluation measures, from the sums over its rows.
 *
 * @module
 */
import type { Evaluation } from "./evaluate.ts";
import type { ReconstructionSums } from "./metrics/reconstruction_sums.ts";

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
