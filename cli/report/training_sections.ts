/**
 * The sections of a training report: curves, prefixes, latents and the decoder.
 *
 * @module
 */
import type { StepMetrics } from "@matryoshka/sae";
import { cosines } from "../sae/vectors.ts";
import { cosineMap } from "./cosine_map.ts";
import { curvesFigure, finite, type Series } from "./curves.ts";
import { figuresHtml, type Section, tableHtml } from "./figure.ts";
import { frequencyFigure, frequencyWords } from "./frequency_chart.ts";
import { html } from "./html.ts";
import { curve } from "./metrics.ts";
import { prefixFigures } from "./prefix_charts.ts";
import { prefixCurves } from "./prefix_curves.ts";
import { recipeCurves } from "./recipe_curves.ts";
import type { RecordedRun } from "./recorded_run.ts";
import { BUCKETS, type Point } from "./thinning.ts";

/** Writes a count with separators of thousands, or "?" if the record lacks it. */
export const count = (value: unknown): string =>
  typeof value === "number" ? value.toLocaleString("en-US") : "?";

/** Returns the L0 that λ was steered to, if any. */
export function targetL0({ options = {} }: RecordedRun["record"]): number | undefined {
  const target = options.targetL0 ?? options.trainer?.targetL0;
  return typeof target === "number" ? target : undefined;
}

/** Draws the metrics over the steps of training. */
export function trainingSection({ record, metrics }: RecordedRun): Section {
  const one = (name: string, of: (step: StepMetrics) => number): Series[] => [
    { name, colour: "s6", points: curve(metrics, of) },
  ];
  const target = targetL0(record);
  const screens = metrics.some(({ screening }) => screening);
  const figures = [
    curvesFigure({
      title: "Loss",
      label: "loss",
      caption: "The training loss over all prefixes, penalty included, of one batch at each point.",
      series: one("loss", ({ loss }) => loss),
    }),
    ...prefixCurves(metrics),
    curvesFigure({
      title: "L0",
      label: "active latents per row",
      caption: l0Caption(target, screens),
      series: [
        ...screens ? [{ name: "candidates", colour: "s3", points: candidatesOf(metrics) }] : [],
        ...one("L0", ({ l0 }) => l0),
      ],
      target,
    }),
    curvesFigure({
      title: "Sparsity scale λ",
      label: "λ",
      caption:
        "The coefficient of the sparsity penalty: warmed up, then steered if there is a target.",
      series: one("λ", ({ sparsityScale }) => sparsityScale),
      fromZero: true,
    }),
    curvesFigure({
      title: "Learning rate",
      label: "learning rate",
      caption: "Adam's learning rate: its rise, plateau and decay.",
      series: one("learning rate", ({ learningRate }) => learningRate),
      fromZero: true,
    }),
    curvesFigure({
      title: "Dead latents",
      label: "latents",
      caption:
        "Latents that had been silent for the number of steps, or rows, after which a latent counts as dead.",
      series: one("dead latents", ({ deadLatents }) => deadLatents),
      fromZero: true,
    }),
    ...recipeCurves(metrics),
  ];
  return {
    title: "Training",
    content: [
      figuresHtml(figures),
      html`<p class="note">Metrics of ${count(metrics.length)} steps. Curves of more than ${
        4 * BUCKETS
      } points
are thinned: the steps are cut into ${BUCKETS} equal parts, and each keeps its first, last, lowest and
highest value.</p>`,
    ],
  };
}

const candidatesOf = (metrics: readonly StepMetrics[]): Point[] =>
  curve(metrics, ({ screening }) => screening?.candidates);

function l0Caption(target: number | undefined, screens: boolean): string {
  const active = target === undefined
    ? "Mean number of active latents per row. No target was set."
    : "Mean number of active latents per row, and the target that λ is steered to.";
  return screens
    ? `${active} The candidates are the latents per row that screening left to the float32 encode.`
    : active;
}

/** Says in words which rows the metrics were measured on. */
const measuredOn = ({ rows, heldOut }: NonNullable<RecordedRun["measured"]>): string =>
  heldOut ? `${count(rows)} rows held out` : `${count(rows)} of the rows trained on`;

/** Shows the metrics of each prefix. */
export function prefixesSection({ measured, metrics }: RecordedRun): Section {
  const last = metrics.at(-1);
  const perPrefix = measured?.perPrefix ??
    last?.perPrefix.map((each) => ({ ...each, explainedVariance: 1 - each.fvu })) ?? [];
  const rows = measured ? measuredOn(measured) : "the batch of the last step";
  return {
    title: "Prefixes",
    content: [
      html`<p>The metrics of the first latents alone, on ${rows}.</p>`,
      tableHtml({
        head: ["prefix", "FVU", "explained variance", "squared error", "L0"],
        rows: perPrefix.map(({ prefix, fvu, explainedVariance, squaredError, l0 }) => [
          prefix.toLocaleString("en-US"),
          finite(fvu),
          Number.isFinite(explainedVariance) ? `${(100 * explainedVariance).toFixed(1)} %` : "–",
          finite(squaredError),
          finite(l0),
        ]),
      }),
      figuresHtml(prefixFigures(perPrefix, rows)),
    ],
  };
}

/** Shows how often latents are active. */
export function latentsSection({ measured, decoder: { latentCount } }: RecordedRun): Section {
  const title = "Latents";
  if (!measured?.frequency.histogram) {
    return { title, content: [html`<p>How often latents are active was not measured.</p>`] };
  }
  return {
    title,
    content: [
      figuresHtml([frequencyFigure(measured, latentCount, measuredOn(measured), true)]),
      html`<p class="note">Share of rows in which a latent is active. ${
        frequencyWords(measured)
      }</p>`,
    ],
  };
}

/** Shows the cosines between rows of the decoder. */
export function decoderSection({ decoder: { latentCount, latents, rows } }: RecordedRun): Section {
  const names = latents.map(String), half = latents.length / 2;
  const all = latents.length === latentCount;
  const which = all
    ? `all ${latentCount} latents`
    : `${latents.length} of ${
      count(latentCount)
    } latents: the first ${half}, and ${half} evenly spaced ` +
      `from there to the last`;
  const axis = { label: "latent", names };
  return {
    title: "Decoder",
    content: [figuresHtml([cosineMap({
      title: "Cosines between decoder directions",
      caption:
        `Cosine of each pair of decoder rows, for ${which}. Strong colour off the diagonal: ` +
        "two latents that write almost the same.",
      cosines: cosines(rows, rows),
      rows: axis,
      columns: axis,
      wide: true,
    })])],
  };
}
