/**
 * Draws curves over the steps of training.
 *
 * @module
 */
import { lineY, ruleY } from "@observablehq/plot";
import { formatNumber } from "../terminal/text.ts";
import { decades, draw, tick } from "./chart.ts";
import type { Figure, Table } from "./figure.ts";
import { type Point, spaced, thinned } from "./thinning.ts";

/** The most rows of the table behind a chart. */
const TABLE_ROWS = 60;
/** Positive values that span this factor are drawn on a logarithmic scale. */
const WIDE_RANGE = 100;

/** A curve, with the class of its colour. */
export interface Series {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly Point[];
}

/** What a chart of curves shows. */
export interface CurvesOptions {
  readonly title: string;
  readonly caption: string;
  /** The label of the y axis. */
  readonly label: string;
  readonly series: readonly Series[];
  /** A value to compare with, drawn as a line across the chart. */
  readonly target?: number;
  /** Whether zero is on the axis. Without it the scale may become logarithmic. */
  readonly fromZero?: boolean;
  readonly wide?: boolean;
}

/** Draws curves over steps. Values that are not finite leave gaps. */
export function curvesFigure(options: CurvesOptions): Figure {
  const { title, caption, label, series, target, fromZero = false, wide } = options;
  const shown = series.map((each) => ({ ...each, points: thinned(each.points) }));
  const values = shown.flatMap(({ points }) => points.map(({ value }) => value))
    .filter(Number.isFinite);
  const { low, high } = rangeOf(values);
  const logarithmic = !fromZero && low > 0 && high >= WIDE_RANGE * low;
  const level = target === undefined ? [] : [
    ruleY([target], { stroke: "var(--target)", strokeWidth: 1.5, strokeDasharray: "5 4" }),
  ];
  const chart = draw({
    x: { label: "step →", labelAnchor: "right", labelArrow: false, ticks: 5, tickFormat: tick },
    y: {
      label,
      grid: true,
      type: logarithmic ? "log" : "linear",
      zero: fromZero,
      nice: true,
      ticks: logarithmic ? decades(low, high) : 5,
      tickFormat: tick,
    },
    marks: [
      ...shown.map(({ points, colour }) =>
        lineY(points, {
          x: "step",
          y: ({ value }: Point) => logarithmic && !(value > 0) ? NaN : value,
          stroke: `var(--${colour})`,
          strokeWidth: 1.75,
          // One step is no line; round caps make it a dot.
          marker: points.length === 1 ? "circle" : undefined,
        })
      ),
      ...level,
    ],
  });
  const many = series.length > 1;
  const legend = [
    ...many ? series.map(({ name, colour }) => ({ name, colour })) : [],
    ...target === undefined ? [] : [{ name: `target ${target}`, colour: "target" }],
  ];
  return {
    title,
    caption: caption + (logarithmic ? " Logarithmic scale." : "") +
      (values.length === 0 ? " No value is finite." : ""),
    chart,
    legend: legend.length > 0 ? legend : undefined,
    table: curvesTable(series),
    wide,
  };
}

function rangeOf(values: readonly number[]): { low: number; high: number } {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { low, high };
}

function curvesTable(series: readonly Series[]): Table {
  const steps = series[0].points.map(({ step }) => step);
  const shown = spaced(steps, TABLE_ROWS);
  const values = series.map(({ points }) =>
    new Map(points.map(({ step, value }) => [step, value]))
  );
  return {
    head: ["step", ...series.map(({ name }) => name)],
    rows: shown.map((step) => [
      step.toLocaleString("en-US"),
      ...values.map((of) => finite(of.get(step))),
    ]),
    note: shown.length < steps.length
      ? `${shown.length} of ${steps.length.toLocaleString("en-US")} steps, evenly spaced.`
      : undefined,
  };
}

/** Writes a number, or a dash if it is missing or not finite. */
export function finite(value: number | undefined | null): string {
  return typeof value === "number" && Number.isFinite(value) ? formatNumber(value) : "–";
}
