import type { Kernel } from "./kernel.ts";

/** The constants of {@linkcode runningThreshold}. */
export interface ThresholdConstants {
  readonly smallestOf: "batch" | "rows";
  readonly start: "corrected" | "first" | "zero";
}

/**
 * Follows the smallest activation that a selection keeps, by a running mean:
 *
 *     low = the least positive minimum ("batch"), or the mean of the positive minima ("rows")
 *     "corrected":  sum ← (1 − rate)·sum + rate·low      weight ← (1 − rate)·weight + rate
 *     "first":      sum ← low, weight ← 1 if weight = 0, else sum ← (1 − rate)·sum + rate·low
 *     "zero":       sum ← (1 − rate)·sum + rate·low      weight ← 1
 *
 *     minima [B], rate [1], running [2] = (sum, weight)  →  running [2]
 *
 * The threshold is sum / weight. Nothing changes if no minimum is positive, or rate is 0.
 *
 * Why: one row is encoded without its batch by a threshold, as SAELens and dictionary_learning do. A mean from 0 is too
 * low at first, which the weight corrects.
 */
export const runningThreshold: Kernel<
  {
    minima: "f32";
    rate: "f32";
    running: "f32";
  },
  "B",
  ThresholdConstants
> = {
  id: "runningThreshold",
  operands: {
    minima: { access: "read", dtype: "f32", dims: ["B"] },
    rate: { access: "read", dtype: "f32", dims: [1] },
    running: { access: "update", dtype: "f32", dims: [2] },
  },
  reference({ minima, rate: [rate], running }, _, { smallestOf, start }) {
    const positive = minima.filter((least) => least > 0);
    if (positive.length === 0 || rate === 0) return;
    const low = smallestOf === "batch"
      ? positive.reduce((least, value) => Math.min(least, value))
      : positive.reduce((sum, value) => sum + value) / positive.length;
    const [sum, weight] = running;
    const isFirst = start === "first" && weight === 0;
    running[0] = isFirst ? low : (1 - rate) * sum + rate * low;
    running[1] = start === "corrected" ? (1 - rate) * weight + rate : 1;
  },
};
