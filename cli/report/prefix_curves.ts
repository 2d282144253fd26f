/**
 * Draws the FVU of prefixes over the steps of training.
 *
 * @module
 */
import type { PrefixReading, StepMetrics } from "@matryoshka/sae";
import type { RecordedMetrics } from "../training/recorded_metrics.ts";
import { curvesFigure, type Series } from "./curves.ts";
import type { Figure } from "./figure.ts";
import { curve, prefixesWithCurves } from "./metrics.ts";

/**
 * Draws the reference prefixes and, where these leave some out, the fixed prefixes of training. Prefixes that are drawn
 * anew at each step make curves that jump with their lengths, so those are drawn only in reports of runs that have no
 * reference prefixes: earlier versions did not measure them.
 */
export function prefixCurves(metrics: readonly RecordedMetrics[]): Figure[] {
  const references = metrics.find((each) => each.referencePrefixes)?.referencePrefixes ?? [];
  const drawn = isDrawn(metrics);
  const known = new Set(references.map(({ prefix }) => prefix));
  const others = metrics[0]?.perPrefix.some(({ prefix }) => !known.has(prefix)) ?? true;
  return [
    ...references.length > 0 ? [referenceFigure(metrics, references)] : [],
    ...references.length === 0 || !drawn && others ? [trainedFigure(metrics, drawn)] : [],
  ];
}

function referenceFigure(
  metrics: readonly RecordedMetrics[],
  references: readonly PrefixReading[],
): Figure {
  const most = references.at(-1)!.prefix;
  return curvesFigure({
    title: "FVU at reference prefixes",
    label: "FVU",
    caption:
      "Fraction of the batch's variance that the first latents leave unexplained after the step: " +
      "a sixteenth, an eighth, a quarter and a half of the latents, and all, whatever the prefixes of training.",
    series: references.map(({ prefix }, i) => ({
      name: prefix === most ? `all ${prefix}` : `first ${prefix}`,
      colour: colourOf(i, references.length),
      points: curve(
        metrics,
        ({ referencePrefixes }) => referencePrefixes?.find((each) => each.prefix === prefix)?.fvu,
      ),
    })),
  });
}

function trainedFigure(metrics: readonly StepMetrics[], drawn: boolean): Figure {
  return curvesFigure({
    title: "FVU per prefix",
    label: "FVU",
    caption: "Fraction of the batch's variance that each prefix leaves unexplained" +
      (drawn ? "; the lengths of the prefixes are drawn anew at each step." : "."),
    series: trainedSeries(metrics, drawn),
  });
}

/** Returns whether the lengths of prefixes change from step to step. */
const isDrawn = (metrics: readonly StepMetrics[]): boolean =>
  metrics.some(({ perPrefix }) =>
    perPrefix.some(({ prefix }, j) => prefix !== metrics[0].perPrefix[j]?.prefix)
  );

function trainedSeries(metrics: readonly StepMetrics[], drawn: boolean): Series[] {
  const shown = prefixesWithCurves(metrics);
  const total = metrics[0]?.perPrefix.length ?? 0;
  return shown.map((j, i) => ({
    name: j === total - 1
      ? `all ${metrics[0].perPrefix[j].prefix}`
      : drawn
      ? `prefix ${j + 1} of ${total}`
      : `first ${metrics[0].perPrefix[j].prefix}`,
    colour: colourOf(i, shown.length),
    points: curve(metrics, ({ perPrefix }) => perPrefix[j]?.fvu),
  }));
}

/** Spreads the colours over the curves, from warm for the shortest prefix to cool for the longest. */
const colourOf = (i: number, count: number): string =>
  `s${count === 1 ? 7 : Math.round(i * 7 / (count - 1))}`;
