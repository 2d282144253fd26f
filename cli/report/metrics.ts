/**
 * The metrics in the record of a run, and the curves that show them.
 *
 * @module
 */
import type { PrefixMetrics, PrefixReading, StepMetrics } from "@matryoshka/sae";
import type { RecordedMetrics } from "../training/recorded_metrics.ts";
import { RECIPE_FIGURES } from "./recipe_figures.ts";
import { type Point, spaced } from "./thinning.ts";

/** The number of curves that one chart can tell apart. */
const PREFIX_CURVES = 8;

/** Returns one value of the metrics as the points of a curve. */
export const curve = <Metrics extends StepMetrics>(
  metrics: readonly Metrics[],
  valueOf: (step: Metrics) => number | undefined,
): Point[] => metrics.map((each) => ({ step: each.step, value: valueOf(each) ?? NaN }));

/** Chooses the prefixes with curves: all, or eight evenly spaced ones from the shortest to the longest. */
export function prefixesWithCurves(metrics: readonly StepMetrics[]): number[] {
  return spaced([...metrics[0]?.perPrefix.keys() ?? []], PREFIX_CURVES);
}

/** Reads the metrics in the `history` of a record; values that were not finite become NaN. */
export function metricsOfRecord(history: unknown, name: string): RecordedMetrics[] {
  if (!Array.isArray(history)) {
    throw new TypeError(`Cannot read ${name}: its history must be a list but is ${typeof history}`);
  }
  return history.map((each, i) => checked(each, `history ${i} of ${name}`));
}

function checked(value: unknown, name: string): RecordedMetrics {
  const metrics = value as Partial<RecordedMetrics> | null;
  if (!Number.isSafeInteger(metrics?.step) || !Array.isArray(metrics?.perPrefix)) {
    throw new TypeError(`Cannot read ${name}: it must have a step and its perPrefix`);
  }
  const { step, loss, l0, sparsityScale, learningRate, gradientNorm, deadLatents, screening } =
    metrics;
  const { referencePrefixes } = metrics;
  const ofRecipe = RECIPE_FIGURES.filter((key) => metrics[key] !== undefined)
    .map((key) => [key, numberOrNaN(metrics[key])]);
  return {
    step: step!,
    loss: numberOrNaN(loss),
    l0: numberOrNaN(l0),
    sparsityScale: numberOrNaN(sparsityScale),
    learningRate: numberOrNaN(learningRate),
    gradientNorm: numberOrNaN(gradientNorm),
    deadLatents: numberOrNaN(deadLatents),
    perPrefix: metrics.perPrefix.map((each: Partial<PrefixMetrics> | null) => ({
      prefix: numberOrNaN(each?.prefix),
      squaredError: numberOrNaN(each?.squaredError),
      fvu: numberOrNaN(each?.fvu),
      l0: numberOrNaN(each?.l0),
      deadLatents: numberOrNaN(each?.deadLatents),
    })),
    ...(screening && { screening: { candidates: numberOrNaN(screening.candidates) } }),
    ...Object.fromEntries(ofRecipe),
    ...(Array.isArray(referencePrefixes) && {
      referencePrefixes: referencePrefixes.map((each: Partial<PrefixReading> | null) => ({
        prefix: numberOrNaN(each?.prefix),
        fvu: numberOrNaN(each?.fvu),
        l0: numberOrNaN(each?.l0),
      })),
    }),
  };
}

// JSON has null in place of values that are not finite.
const numberOrNaN = (value: unknown): number =>
  typeof value === "number" && Number.isFinite(value) ? value : NaN;
