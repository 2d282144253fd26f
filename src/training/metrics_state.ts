/**
 * The part of a trainer's state that holds metrics.
 *
 * @module
 */
import { LOSS_TERMS, METRICS_HEADER } from "../../kernels/step_metrics.ts";
import { checkNumber, checkObject, wrongKind } from "../base/checks.ts";
import { checkPrefixes } from "../model/prefixes.ts";

/** 2.5 ulp of WGSL's division and 0.5 of the count's conversion to float32, in units of 2⁻²³. */
const L0_ERROR = 3 * 2 ** -23;

/** The metrics on which later steps or readings depend. */
export interface MetricsState {
  /** Largest mean L0 since the algorithm was last chosen. */
  readonly largestL0: number;
  /** The last step's prefixes and its row of metrics; undefined before the first step. */
  readonly last?: { readonly prefixes: readonly number[]; readonly row: Float64Array };
}

/** @deprecated The former name of {@linkcode MetricsState}. */
export type FiguresState = MetricsState;

/** Returns the length of the row of metrics that a step with P prefixes writes. */
export function metricsRowLength(prefixCount: number): number {
  return METRICS_HEADER + 3 * prefixCount + LOSS_TERMS.length;
}

/**
 * Checks metrics that may come from a file. The row may hold any numbers, because a loss can overflow.
 *
 * @throws {RangeError | TypeError} if they cannot be those of a run after this many steps.
 */
export function checkMetrics(
  { largestL0, last }: MetricsState,
  steps: number,
  latentCount: number,
  task: string,
): void {
  // L0 is a mean of counts in float32, whose division may be off by a few units in the last place.
  const most = latentCount * (1 + L0_ERROR);
  checkNumber(largestL0, "metrics.largestL0", task, { least: 0, most });
  if ((last !== undefined) !== (steps > 0)) {
    throw new RangeError(
      `Cannot ${task}: metrics of the last step must ${steps > 0 ? "" : "not "}be there ` +
        `after ${steps} steps`,
    );
  }
  if (!last) return;
  checkObject(last, "metrics.last", task);
  // c alone may be the first prefix: see `Compatibility.biasPrefix`.
  const [first, ...others] = last.prefixes;
  checkPrefixes(first === 0 ? others : last.prefixes, latentCount, task);
  if (!(last.row instanceof Float64Array)) {
    throw wrongKind(last.row, "metrics.last.row", "a Float64Array", task);
  }
  const length = metricsRowLength(last.prefixes.length);
  if (last.row.length === length) return;
  throw new RangeError(
    `Cannot ${task}: metrics.last.row must have ${length} elements for ${last.prefixes.length} prefixes ` +
      `but has ${last.row.length}`,
  );
}
