/**
 * Draws heat maps of cosines.
 *
 * @module
 */
import { cell } from "@observablehq/plot";
import { draw, WIDTH } from "./chart.ts";
import type { Figure } from "./figure.ts";

/** Cells with smaller cosines are left out: they would be invisible. */
const VISIBLE = 0.02;

/** What a heat map shows. */
export interface CosineMapOptions {
  readonly title: string;
  readonly caption: string;
  /** [rows][columns] */
  readonly cosines: readonly (readonly number[])[];
  readonly rows: { readonly label: string; readonly names: readonly string[] };
  readonly columns: { readonly label: string; readonly names: readonly string[] };
  /** Whether cells show their values when pointed at. */
  readonly titles?: boolean;
  /** Whether a table shows the values, too. */
  readonly table?: boolean;
  readonly wide?: boolean;
}

/** Draws cosines as opacity, so that 0 has the colour of the page, in light and in dark mode. */
export function cosineMap(options: CosineMapOptions): Figure {
  const { title, caption, cosines, rows, columns, titles, table, wide } = options;
  const cells = cosines.flatMap((row, y) =>
    row.map((cosine, x) => ({ x, y, cosine })).filter(({ cosine }) => Math.abs(cosine) >= VISIBLE)
  );
  type Cell = typeof cells[number];
  const axis = ({ label, names }: { label: string; names: readonly string[] }) => ({
    label,
    labelArrow: false,
    domain: [...names.keys()],
    ticks: names.length > 24 ? [...names.keys()].filter((i) => i % 8 === 0) : undefined,
    tickSize: 0,
    padding: 0,
    tickFormat: (i: number) => names[i],
  });
  const signed = (sign: 1 | -1, fill: string) =>
    cell(cells.filter(({ cosine }) => Math.sign(cosine) === sign), {
      x: "x",
      y: "y",
      inset: names(options) > 24 ? 0 : 0.5,
      fill,
      fillOpacity: ({ cosine }: Cell) => Math.round(100 * Math.abs(cosine)) / 100,
      title: titles
        ? ({ x, y, cosine }: Cell) => `${rows.names[y]} · ${columns.names[x]}: ${cosine.toFixed(2)}`
        : undefined,
    });
  const chart = draw({
    width: wide ? 560 : WIDTH.half,
    height: wide ? 560 : 470,
    marginLeft: titles ? 84 : 56,
    marginRight: 8,
    marginTop: 8,
    marginBottom: 52,
    opacity: { type: "linear", domain: [0, 1], range: [0, 1] },
    x: { ...axis(columns), labelAnchor: "center", tickRotate: titles ? -90 : 0, labelOffset: 44 },
    y: { ...axis(rows), labelAnchor: "center" },
    marks: [signed(1, "var(--positive)"), signed(-1, "var(--negative)")],
  });
  return {
    title,
    caption,
    chart,
    legend: [{ name: "cosine from −1 over 0 to 1", colour: "ramp" }],
    wide,
    table: table
      ? {
        head: [rows.label, ...columns.names],
        rows: cosines.map((row, y) => [rows.names[y], ...row.map((cosine) => cosine.toFixed(2))]),
      }
      : undefined,
  };
}

const names = ({ rows, columns }: CosineMapOptions): number =>
  Math.max(rows.names.length, columns.names.length);
