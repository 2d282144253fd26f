/**
 * The page that compares finished runs.
 *
 * @module
 */
import { barX, ruleX } from "@observablehq/plot";
import { counted, duration } from "../terminal/text.ts";
import { draw, tick, WIDTH } from "./chart.ts";
import type { ComparedRun } from "./compared_runs.ts";
import { finite } from "./curves.ts";
import { type Figure, figuresHtml, type Section } from "./figure.ts";
import { html, type Markup } from "./html.ts";
import { pageHtml } from "./page.ts";
import { paretoFigure, paretoFront } from "./pareto.ts";
import { type Cell, SORT_SCRIPT, sortableHtml } from "./sortable_table.ts";
import { count } from "./training_sections.ts";

/** Writes the page. */
export function comparisonReport(title: string, runs: readonly ComparedRun[]): Promise<string> {
  return pageHtml({
    title,
    header: header(runs),
    sections: [tableSection(runs), paretoSection(runs), deadSection(runs)],
    footer: "Written by @matryoshka/sae. The page loads nothing; its one script sorts the table.",
    script: SORT_SCRIPT,
  });
}

function header(runs: readonly ComparedRun[]): Markup[] {
  const places = [...new Set(runs.map(({ measuredOn }) => measuredOn))];
  const failed = runs.filter((run) => run.failed);
  return [
    html`<p>${count(runs.length)} runs, measured on ${places.join(" or ")}.</p>`,
    places.length === 1 ? html`` : html`<p class="notice" role="note">Not all runs were measured on
rows of the same kind: small differences say nothing.</p>`,
    failed.length === 0 ? html`` : html`
      <p class="notice"
        role="note"><strong>Failed:</strong> ${failed.map(({ name }) => name).join(
          ", ",
        )}. Failed runs are on no Pareto front.</p>
    `,
  ];
}

const HEAD = [
  "run",
  "number",
  "preset",
  "activation",
  "latents",
  "target L0 or k",
  "L0",
  "FVU",
  "on the front",
  "first prefix",
  "its L0",
  "its FVU",
  "dead latents",
  "steps",
  "time",
  "state",
];

function tableSection(runs: readonly ComparedRun[]): Section {
  const front = new Set(paretoFront(runs, ({ full }) => full));
  const measured = (value: number): Cell => ({ content: finite(value), value });
  const whole = (value: number): Cell => ({
    content: Number.isFinite(value) ? count(value) : "–",
    value,
  });
  const rows = runs.map((run, index): Cell[] => [
    { content: run.report ? html`<a href="${run.report}">${run.name}</a>` : run.name },
    whole(index + 1),
    { content: run.preset },
    { content: run.activation },
    whole(run.latents),
    { content: run.target === undefined ? "–" : `${run.target}`, value: run.target },
    measured(run.full.l0),
    measured(run.full.fvu),
    { content: front.has(run) ? "yes" : "no" },
    whole(run.first.prefix),
    measured(run.first.l0),
    measured(run.first.fvu),
    whole(run.deadLatents),
    whole(run.steps),
    { content: duration(run.seconds), value: run.seconds },
    { content: stateOf(run) },
  ]);
  return {
    title: "Runs",
    content: [
      html`<p>A click on a column, or the Enter key, sorts by it. “On the front”: no other run has both a
lower L0 and a lower FVU.</p>`,
      sortableHtml({ label: "The runs and their figures", head: HEAD, rows }),
      ...runs.filter(({ warnings }) => warnings.length > 0).map(({ name, warnings }) =>
        html`<p class="note">${name}: ${warnings.join(". ")}</p>`
      ),
    ],
  };
}

const stateOf = ({ failed, warnings }: ComparedRun): string =>
  failed ? "failed" : warnings.length > 0 ? counted(warnings.length, "warning") : "good";

function paretoSection(runs: readonly ComparedRun[]): Section {
  const prefixes = [...new Set(runs.map(({ first }) => first.prefix))].sort((a, b) => a - b);
  const lengths = prefixes.map(count).join(" or ");
  return {
    title: "FVU over L0",
    content: [figuresHtml([
      paretoFigure(runs, {
        title: "All latents",
        caption: "Fraction of variance that all latents leave unexplained, over the mean number " +
          "of active latents per row. The line joins the runs on the Pareto front; numbers are " +
          "those of the table.",
        of: ({ full }) => full,
      }),
      paretoFigure(runs, {
        title: "First prefix",
        caption: `The same for the shortest prefix of each run alone, of ${lengths} latents.`,
        of: ({ first }) => first,
      }),
    ])],
  };
}

function deadSection(runs: readonly ComparedRun[]): Section {
  return { title: "Dead latents", content: [figuresHtml([deadFigure(runs)])] };
}

function deadFigure(runs: readonly ComparedRun[]): Figure {
  const bars = runs.map(({ deadLatents, latents }, index) => ({
    number: index + 1,
    share: 100 * deadLatents / latents,
  }));
  const known = bars.filter(({ share }) => Number.isFinite(share));
  const chart = draw({
    width: WIDTH.full,
    height: 70 + 22 * bars.length,
    x: {
      label: "dead latents, % →",
      labelAnchor: "right",
      labelArrow: false,
      grid: true,
      zero: true,
      nice: true,
      ticks: 5,
      tickFormat: tick,
    },
    y: { label: "run", labelArrow: false, domain: bars.map(({ number }) => number), tickSize: 0 },
    marks: [
      barX(known, { x: "share", y: "number", fill: "var(--s6)" }),
      ruleX([0], { strokeOpacity: 0.4 }),
    ],
  });
  return {
    title: "Share of dead latents",
    caption:
      "Latents that were active in no row that was measured, or without such rows were dead " +
      "at the last step; runs by their numbers in the table.",
    chart,
    table: {
      head: ["run", "dead latents", "of"],
      rows: runs.map(({ name, deadLatents, latents }) => [
        name,
        Number.isFinite(deadLatents) ? count(deadLatents) : "–",
        count(latents),
      ]),
    },
    wide: true,
  };
}
