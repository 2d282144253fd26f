/**
 * The report of the demo: a vanilla and a Matryoshka autoencoder on the toy tree.
 *
 * @module
 */
import type { StepMetrics } from "@matryoshka/sae";
import { percent } from "../terminal/text.ts";
import type { ToyEvidence, ToyResult } from "../demo/toy_comparison.ts";
import { cosineMap } from "./cosine_map.ts";
import { curvesFigure, finite } from "./curves.ts";
import { factsOf } from "./facts.ts";
import { factsHtml, type Figure, figuresHtml, tableHtml, tilesHtml } from "./figure.ts";
import { frequencyFigure } from "./frequency_chart.ts";
import { curve } from "./metrics.ts";
import { html } from "./html.ts";
import { pageHtml } from "./page.ts";

/** One autoencoder of the demo. */
export interface DemoModel {
  readonly name: string;
  readonly result: ToyResult;
  readonly evidence: ToyEvidence;
}

/** The autoencoders of a demo, and how they were trained. */
export interface DemoRun {
  readonly models: readonly DemoModel[];
  readonly options: object;
  readonly environment: object;
}

const COLOURS = ["s1", "s6", "s3", "s4"];

/** Writes the page of a demo. */
export function demoReport({ models, options, environment }: DemoRun): Promise<string> {
  return pageHtml({
    title: "Vanilla and Matryoshka on a toy tree",
    header: [
      html`<p>Three parent features have three children each, and a child never comes without its parent;
eight features are independent. Both autoencoders have ${models[0].evidence.latentCount} latents for
these ${models[0].evidence.cosines.length} features and were trained on the same samples.</p>`,
      tilesHtml(models.map(({ name, result }) => ({
        name: `${name}: parent active when its child is`,
        value: percent(result.parentActiveWhenChild),
        aside: `mean cosine with the true features ${result.meanCosine.toFixed(3)}`,
      }))),
    ],
    sections: [
      {
        title: "Latents against the true features",
        content: [
          html`<p>Each row is a true feature, each column a latent, in the order in which latents stand for
features. Ideally only the diagonal has colour. Colour off it, in a parent's row, is <em>absorption</em>: the
child's latent points along its parent too, so that the parent's own need not be active.</p>`,
          figuresHtml(models.map(heatMap)),
        ],
      },
      { title: "Results", content: [results(models)] },
      { title: "Training", content: [figuresHtml(curves(models))] },
      { title: "Latents", content: [figuresHtml(models.map(frequencies))] },
      {
        title: "Options and environment",
        content: [factsHtml([...factsOf(options), ...factsOf(environment)])],
      },
    ],
    footer:
      "Written by @matryoshka/sae. The page loads nothing and runs no script. The toy tree is that of " +
      "the method author's published code.",
  });
}

function heatMap({ name, evidence }: DemoModel): Figure {
  const { cosines, featureNames, order } = evidence;
  return cosineMap({
    title: name,
    caption: `Cosine of each latent's decoder direction with each true feature's.`,
    cosines: cosines.map((row) => order.map((latent) => row[latent])),
    rows: { label: "true feature", names: featureNames },
    columns: { label: "latent", names: order.map(String) },
    titles: true,
    table: true,
  });
}

function results(models: readonly DemoModel[]) {
  return tableHtml({
    head: [
      "autoencoder",
      "parent active when its child is",
      "parent active alone",
      "mean matched cosine",
      "FVU",
      "L0",
      "dead latents",
      "final loss",
      "seconds",
    ],
    rows: models.map(({ name, result }) => [
      name,
      percent(result.parentActiveWhenChild),
      percent(result.parentActiveAlone),
      result.meanCosine.toFixed(3),
      finite(result.fvu),
      finite(result.l0),
      `${result.deadLatents}`,
      finite(result.finalLoss),
      result.seconds.toFixed(1),
    ]),
  });
}

function curves(models: readonly DemoModel[]): Figure[] {
  const series = (of: (step: StepMetrics) => number) =>
    models.map(({ name, evidence }, i) => ({
      name,
      colour: COLOURS[i],
      points: curve(evidence.metrics, of),
    }));
  return [
    curvesFigure({
      title: "FVU",
      label: "FVU",
      caption: "Fraction of the batch's variance that all latents together leave unexplained.",
      series: series(({ perPrefix }) => perPrefix.at(-1)!.fvu),
    }),
    curvesFigure({
      title: "L0",
      label: "active latents per row",
      caption: "Mean number of active latents per row, and the target that λ is steered to.",
      series: series(({ l0 }) => l0),
      target: models[0].evidence.targetL0,
    }),
    curvesFigure({
      title: "Loss",
      label: "loss",
      caption:
        "The training loss, penalty included; the Matryoshka one's is a mean over its prefixes.",
      series: series(({ loss }) => loss),
    }),
    curvesFigure({
      title: "Sparsity scale λ",
      label: "λ",
      caption: "The coefficient of the sparsity penalty: warmed up, then steered to the target.",
      series: series(({ sparsityScale }) => sparsityScale),
      fromZero: true,
    }),
    curvesFigure({
      title: "Learning rate",
      label: "learning rate",
      caption: "Adam's learning rate, the same for both.",
      series: series(({ learningRate }) => learningRate).slice(0, 1),
      fromZero: true,
    }),
  ];
}

function frequencies({ name, result, evidence }: DemoModel): Figure {
  const { frequency, latentCount, rows } = evidence;
  const measured = { ...result, rows, frequency, perPrefix: [] };
  const on = `${rows.toLocaleString("en-US")} fresh samples`;
  return {
    ...frequencyFigure(measured, latentCount, on, false),
    title: `${name}: activation frequency`,
  };
}
