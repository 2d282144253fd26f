/**
 * The report of a training run.
 *
 * @module
 */
import type { StepMetrics } from "@matryoshka/sae";
import { duration } from "../terminal/text.ts";
import { cosineMap } from "./cosine_map.ts";
import { curvesFigure, finite, type Series } from "./curves.ts";
import { cosines } from "../sae/vectors.ts";
import { factsOf } from "./facts.ts";
import { factsHtml, figuresHtml, type Section, tableHtml, tilesHtml } from "./figure.ts";
import { frequencyFigure, frequencyWords } from "./frequency_chart.ts";
import { curve, prefixesWithCurves } from "./metrics.ts";
import { html, type Markup } from "./html.ts";
import { pageHtml } from "./page.ts";
import { prefixFigures } from "./prefix_charts.ts";
import type { RecordedRun } from "./recorded_run.ts";
import { BUCKETS } from "./thinning.ts";

const count = (value: unknown): string =>
  typeof value === "number" ? value.toLocaleString("en-US") : "?";

/** The page of a run. */
export function trainingReport(run: RecordedRun): Promise<string> {
  return pageHtml({
    title: `Training report: ${run.name}`,
    header: header(run),
    sections: [training(run), prefixes(run), latents(run), decoder(run), settings(run)],
    footer: "Written by @matryoshka/sae. The page loads nothing and runs no script.",
  });
}

function header({ record, metrics, measured }: RecordedRun): Markup[] {
  const { options, environment, data, steps = metrics.at(-1)?.step ?? 0, stoppedEarly } = record;
  const { seconds, rowsPerSecond } = record;
  const backend = environment?.backend;
  const last = metrics.at(-1), full = measured?.perPrefix.at(-1);
  const where = measured?.heldOut
    ? "on rows held out"
    : measured
    ? "on rows of training"
    : "last batch";
  const target = targetL0(run(record));
  return [
    html`<p>${count(options?.latents)} latents on inputs of ${count(data?.inputSize)}, ${
      count(steps)
    }
steps of ${count(options?.batch)} rows, on ${backend?.name ?? "an unknown backend"}${
      backend?.description && ` (${backend.description})`
    }.</p>`,
    stoppedEarly === undefined
      ? html``
      : html`<p class="notice" role="note"><strong>Stopped early</strong>
after step ${count(steps)} of ${count(options?.steps)}: ${stoppedEarly}</p>`,
    tilesHtml([
      { name: "FVU", value: finite(full?.fvu ?? last?.perPrefix.at(-1)?.fvu), aside: where },
      {
        name: "L0",
        value: finite(full?.l0 ?? last?.l0),
        aside: target === undefined ? where : `${where}, target ${target}`,
      },
      { name: "Loss", value: finite(last?.loss), aside: `from ${finite(metrics[0]?.loss)}` },
      {
        name: "Dead latents",
        value: count(measured?.deadLatents ?? last?.deadLatents),
        aside: measured ? `in ${count(measured.rows)} rows` : "by the last step",
      },
      {
        name: "Wall time",
        value: seconds === undefined ? "–" : duration(seconds),
        aside: seconds ? `${finite(steps / seconds)} steps/s` : undefined,
      },
      {
        name: "Speed",
        value: rowsPerSecond === undefined ? "–" : count(Math.round(rowsPerSecond)),
        aside: "rows/s",
      },
    ]),
  ];
}

const run = (record: RecordedRun["record"]) => record.options ?? {};

function targetL0(options: NonNullable<RecordedRun["record"]["options"]>): number | undefined {
  const target = options.targetL0 ?? options.trainer?.targetL0;
  return typeof target === "number" ? target : undefined;
}

function training({ record, metrics }: RecordedRun): Section {
  const one = (name: string, of: (step: StepMetrics) => number): Series[] => [
    { name, colour: "s6", points: curve(metrics, of) },
  ];
  const target = targetL0(run(record));
  const figures = [
    curvesFigure({
      title: "Loss",
      label: "loss",
      caption: "The training loss over all prefixes, penalty included, of one batch at each point.",
      series: one("loss", ({ loss }) => loss),
    }),
    curvesFigure({
      title: "FVU per prefix",
      label: "FVU",
      caption: "Fraction of the batch's variance that each prefix leaves unexplained" +
        (isDrawn(metrics) ? "; the prefixes' lengths are drawn anew at each step." : "."),
      series: prefixSeries(metrics),
    }),
    curvesFigure({
      title: "L0",
      label: "active latents per row",
      caption: target === undefined
        ? "Mean number of active latents per row. No target was set."
        : "Mean number of active latents per row, and the target that λ is steered to.",
      series: one("L0", ({ l0 }) => l0),
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
      caption: "Latents that had been silent for as many steps as count as dead in training.",
      series: one("dead latents", ({ deadLatents }) => deadLatents),
      fromZero: true,
    }),
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

/** Whether lengths of prefixes change from step to step. */
const isDrawn = (metrics: readonly StepMetrics[]): boolean =>
  metrics.some(({ perPrefix }) =>
    perPrefix.some(({ prefix }, j) => prefix !== metrics[0].perPrefix[j]?.prefix)
  );

function prefixSeries(metrics: readonly StepMetrics[]): Series[] {
  const shown = prefixesWithCurves(metrics), drawn = isDrawn(metrics);
  const total = metrics[0]?.perPrefix.length ?? 0;
  return shown.map((j, i) => ({
    name: j === total - 1
      ? `all ${metrics[0].perPrefix[j].prefix}`
      : drawn
      ? `prefix ${j + 1} of ${total}`
      : `first ${metrics[0].perPrefix[j].prefix}`,
    colour: `s${shown.length === 1 ? 7 : Math.round(i * 7 / (shown.length - 1))}`,
    points: curve(metrics, ({ perPrefix }) => perPrefix[j]?.fvu),
  }));
}

/** On which rows figures were measured. */
const measuredOn = ({ rows, heldOut }: NonNullable<RecordedRun["measured"]>): string =>
  heldOut ? `${count(rows)} rows held out` : `${count(rows)} of the rows trained on`;

function prefixes({ measured, metrics }: RecordedRun): Section {
  const last = metrics.at(-1);
  const perPrefix = measured?.perPrefix ??
    last?.perPrefix.map((each) => ({ ...each, explainedVariance: 1 - each.fvu })) ?? [];
  const rows = measured ? measuredOn(measured) : "the batch of the last step";
  return {
    title: "Prefixes",
    content: [
      html`<p>What the first latents achieve alone, on ${rows}.</p>`,
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

function latents({ measured, decoder: { latentCount } }: RecordedRun): Section {
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

function decoder({ decoder: { latentCount, latents, rows } }: RecordedRun): Section {
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

function settings({ record }: RecordedRun): Section {
  const { options: { trainer, ...options } = {}, environment, data, steps, seconds, inputScale } =
    record;
  const lists: [string, [string, string][]][] = [
    ["Command", factsOf(options)],
    ["Trainer", factsOf(trainer)],
    ["Data", factsOf(data)],
    ["Environment", [
      ...factsOf(environment),
      ...factsOf({
        steps,
        seconds,
        stepsPerSecond: seconds && steps && steps / seconds,
        inputScale,
      }),
    ]],
  ];
  return {
    title: "Options and environment",
    content: lists.filter(([, facts]) => facts.length > 0).map(([title, facts]) =>
      html`<h3>${title}</h3>${factsHtml(facts)}`
    ),
  };
}
