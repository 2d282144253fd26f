/**
 * Draws how the time of a training step grows with each size: `deno task picture:scaling` writes
 * docs/pictures/scaling.svg from the newest results of `deno task bench:scaling` in bench/results. The picture follows
 * the reader's light or dark scheme.
 */
import { dot, lineY } from "@observablehq/plot";
import type { Axis, Comparison, ScreeningResults } from "../../bench/screening/results.ts";
import { numberAlong } from "../../bench/screening/cases.ts";
import { newestOf } from "../../bench/results/write_tables.ts";
import { draw, tick } from "../../cli/report/chart.ts";

const RESULTS = new URL("../../bench/results/", import.meta.url);
/** Pixels of a panel, and of what surrounds the panels. */
const WIDTH = 300, HEIGHT = 220, TOP = 58, GAP = 12, COLUMNS = 3;

/** The panels in reading order. */
const PANELS: readonly { readonly axis: Axis; readonly label: string }[] = [
  { axis: "N", label: "latents N →" },
  { axis: "d", label: "inputs d →" },
  { axis: "B", label: "rows B →" },
  { axis: "P", label: "prefixes P →" },
  { axis: "active", label: "active latents per row →" },
  { axis: "crossover", label: "active latents per row →" },
];

/** Room above the largest and below the smallest time, as a factor. */
const MARGIN = 1.2;
/** The least ratio of two numbers that are labelled. */
const LEAST_RATIO = 1.9;
const TICKS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

const SERIES = [
  { name: "plain encode", colour: "plain", value: ({ plainMs }: Comparison) => plainMs },
  {
    name: "screened encode",
    colour: "screened",
    value: ({ screenedMs }: Comparison) => screenedMs,
  },
  { name: "dense step", colour: "dense", value: ({ denseMs = NaN }: Comparison) => denseMs },
] as const;

const STYLE = `
svg { --plain: #b4591a; --screened: #0b57b0; --dense: #5c6670; --ink: #333a41 }
text { font: 11px system-ui, sans-serif; fill: var(--ink) }
.title { font-size: 13px; font-weight: 600 }
.plain { fill: var(--plain) }
.screened { fill: var(--screened) }
.dense { fill: var(--dense) }
svg svg { color: var(--ink) }
@media (prefers-color-scheme: dark) {
  svg { --plain: #f0a36b; --screened: #82b6ff; --dense: #9aa4ae; --ink: #d5dade }
}`;

/** Returns the numbers that leave room for their labels on a logarithmic axis. */
function apart(numbers: readonly number[]): number[] {
  const shown: number[] = [];
  for (const n of numbers) {
    if (shown.length === 0 || n >= LEAST_RATIO * shown.at(-1)!) shown.push(n);
  }
  return shown;
}

/** Returns the points along an axis, one for each value. */
function pointsAlong(axis: Axis, { comparisons }: ScreeningResults): Comparison[] {
  return comparisons.filter((each) => each.axis === axis)
    .toSorted((a, b) => numberAlong(axis, a) - numberAlong(axis, b));
}

function panel(points: readonly Comparison[], axis: Axis, label: string, times: number[]): string {
  const x = (each: Comparison) => numberAlong(axis, each);
  const series = SERIES.filter(({ value }) => points.some((each) => value(each) > 0));
  const { d, N, P } = points[0].shape;
  const low = Math.min(...times), high = Math.max(...times);
  const chart = draw({
    width: WIDTH,
    height: HEIGHT,
    marginTop: 20,
    marginLeft: 42,
    x: {
      label: axis === "crossover" ? `d ${d}, N ${N}, P ${P}: ${label}` : label,
      labelAnchor: "right",
      labelArrow: false,
      type: "log",
      ticks: apart(points.map(x)),
      tickFormat: tick,
      insetLeft: 8,
      insetRight: 8,
    },
    y: {
      label: "↑ ms",
      labelArrow: false,
      grid: true,
      type: "log",
      domain: [low / MARGIN, high * MARGIN],
      ticks: TICKS.filter((value) => value > low / MARGIN && value < high * MARGIN),
      tickFormat: tick,
    },
    marks: series.flatMap(({ colour, value: y }) => [
      lineY(points, { x, y, stroke: `var(--${colour})`, strokeWidth: 1.75 }),
      dot(points, { x, y, fill: `var(--${colour})`, r: 3 }),
    ]),
  });
  return chart.text;
}

/** Returns the picture. */
export function drawScaling(results: ScreeningResults): string {
  const { comparisons, environment: { host } } = results;
  const times = comparisons.flatMap((each) => SERIES.map(({ value }) => value(each)))
    .filter(Number.isFinite);
  const rows = Math.ceil(PANELS.length / COLUMNS);
  const width = COLUMNS * (WIDTH + GAP) + GAP, height = TOP + rows * (HEIGHT + GAP);
  const panels = PANELS.map(({ axis, label }, i) => {
    const left = GAP + (i % COLUMNS) * (WIDTH + GAP);
    const top = TOP + Math.floor(i / COLUMNS) * (HEIGHT + GAP);
    const chart = panel(pointsAlong(axis, results), axis, label, times);
    return chart.replace("<svg", `<svg x="${left}" y="${top}" height="${HEIGHT}"`);
  });
  // The sizes that a panel does not vary are those of the point that the panels share.
  const { shape, threads } = pointsAlong("P", results)[0];
  const active = shape.active;
  const legend = SERIES.map(({ name, colour }, i) =>
    `<text class="${colour}" x="${GAP + 6 + 130 * i}" y="46">● ${name}</text>`
  );
  const title = `A training step on WASM, ${threads} thread${threads > 1 ? "s" : ""}`;
  const base =
    `B ${shape.B}, d ${shape.d}, N ${shape.N}, P 10 and ${active} active latents per row ` +
    `where a panel does not vary them`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}" role="img">`,
    `<title>${title}: milliseconds along rows, inputs, latents, prefixes and active latents</title>`,
    `<style>${STYLE}\n</style>`,
    `<text class="title" x="${GAP + 6}" y="18">${title}</text>`,
    `<text x="${GAP + 6}" y="33">${base}${
      host?.quiet === false ? "; on a busy machine" : ""
    }</text>`,
    ...legend,
    ...panels,
    `</svg>\n`,
  ].join("\n");
}

if (import.meta.main) {
  const files = [...Deno.readDirSync(RESULTS)].map(({ name }) => name);
  const results = await Deno.readTextFile(new URL(newestOf(files, "cpu-scaling"), RESULTS));
  const path = new URL("scaling.svg", import.meta.url);
  await Deno.writeTextFile(path, drawScaling(JSON.parse(results)));
  console.log(`Wrote ${path.pathname}`);
}
