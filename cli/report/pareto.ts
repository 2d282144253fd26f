/**
 * The Pareto front of FVU over L0, and its charts.
 *
 * @module
 */
import { dot, lineY, text } from "@observablehq/plot";
import { draw, tick } from "./chart.ts";
import type { ComparedRun, PrefixPoint } from "./compared_runs.ts";
import type { Figure } from "./figure.ts";

/** The number of colours that a chart can tell apart. */
const COLOURS = 8;
/** Axes whose values span this factor are logarithmic. */
const WIDE_RANGE = 4;

/** Returns the runs of which no other has both a lower L0 and a lower FVU, by L0. Failed runs do not count. */
export function paretoFront(
  runs: readonly ComparedRun[],
  of: (run: ComparedRun) => PrefixPoint,
): ComparedRun[] {
  const sorted = runs.filter((run) => !run.failed && isFinitePoint(of(run)))
    .sort((a, b) => of(a).l0 - of(b).l0 || of(a).fvu - of(b).fvu);
  let least = Infinity;
  return sorted.filter((run) => {
    const isBetter = of(run).fvu < least;
    if (isBetter) least = of(run).fvu;
    return isBetter;
  });
}

const isFinitePoint = ({ fvu, l0 }: PrefixPoint): boolean =>
  Number.isFinite(fvu) && Number.isFinite(l0);

/** Draws the FVU of each run over its L0; numbers name the runs as the table does. */
export function paretoFigure(
  runs: readonly ComparedRun[],
  { title, caption, of }: {
    title: string;
    caption: string;
    of: (run: ComparedRun) => PrefixPoint;
  },
): Figure {
  const front = new Set(paretoFront(runs, of));
  const { groupOf, colours } = groupsOf(runs);
  const points = runs.map((run, index) => ({ run, number: `${index + 1}`, ...of(run) }))
    .filter(isFinitePoint);
  type Point = typeof points[number];
  const shown = points.filter(({ run }) => front.has(run)).sort((a, b) => a.l0 - b.l0);
  const channels = { x: "l0", y: "fvu" };
  const chart = draw({
    height: 300,
    x: {
      label: "L0, active latents per row →",
      labelAnchor: "right",
      labelArrow: false,
      ...axisOf(points.map(({ l0 }) => l0)),
      insetLeft: 12,
      insetRight: 16,
    },
    y: {
      label: "↑ FVU",
      labelArrow: false,
      grid: true,
      nice: true,
      ...axisOf(points.map(({ fvu }) => fvu)),
    },
    marks: [
      lineY(shown, { ...channels, stroke: "currentColor", strokeOpacity: 0.5, strokeWidth: 1.25 }),
      dot(points, {
        ...channels,
        r: 5,
        fill: ({ run }: Point) => `var(--${colours.get(groupOf(run))})`,
        fillOpacity: ({ run }: Point) => run.failed ? 0.3 : 1,
        title: ({ run, fvu, l0 }: Point) => `${run.name}: FVU ${tick(fvu)}, L0 ${tick(l0)}`,
      }),
      text(points, { ...channels, text: "number", dx: 9, dy: -7, fill: "currentColor" }),
    ],
  });
  return {
    title,
    caption: caption +
      (points.length < runs.length ? " Runs without a finite FVU are left out." : ""),
    chart,
    legend: [...colours].map(([name, colour]) => ({ name, colour })),
  };
}

/** Groups runs by preset and latents, or by preset alone if there are more groups than colours. */
function groupsOf(runs: readonly ComparedRun[]) {
  const fine = ({ preset, latents }: ComparedRun) =>
    `${preset}, ${latents.toLocaleString("en-US")} latents`;
  const choices = [fine, ({ preset }: ComparedRun) => preset, () => "all runs"];
  const groupOf = choices.find((of) => new Set(runs.map(of)).size <= COLOURS)!;
  const groups = [...new Set(runs.map(groupOf))];
  const step = groups.length > 1 ? (COLOURS - 1) / (groups.length - 1) : 0;
  const colours = new Map(groups.map((name, i) => [name, `s${Math.round(i * step)}`]));
  return { groupOf, colours };
}

/** Returns the scale of an axis with these values. */
function axisOf(values: readonly number[]) {
  const positive = values.length > 0 && values.every((value) => value > 0);
  const isWide = positive && Math.max(...values) >= WIDE_RANGE * Math.min(...values);
  return { type: isWide ? "log" as const : "linear" as const, ticks: 5, tickFormat: tick };
}
