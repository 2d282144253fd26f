/** Tables of rows, as text and as Markdown. */

import { isPackage, packageRow, ratio, type Row } from "./rows.ts";

type Cell = (row: Row, rows: readonly Row[]) => string;

function over(row: Row, base: Row | undefined): string {
  return base === undefined || base === row ? "" : `${ratio(row, base).toFixed(2)} ×`;
}

function computation({ algorithm, screening }: Row["entry"]): string {
  return screening === "off" ? `${algorithm}, not screened` : algorithm;
}

/** Cells by the heads of their columns. */
const COLUMNS = {
  participant: (row) =>
    isPackage(row) ? `${row.entry.label}, ${computation(row.entry)}` : row.entry.label,
  threads: ({ entry }) => `${entry.threads}`,
  P: ({ entry }) => `${entry.P}`,
  "first ms": ({ firstMs }) => firstMs.toFixed(0),
  ms: ({ ms }) => ms < 100 ? ms.toPrecision(3) : ms.toFixed(0),
  runs: ({ samples }) => `${samples.length}`,
  "GF/s": ({ gigaflops }) => gigaflops.toFixed(1),
  // A screened encode makes few of the multiply-adds.
  "of F": ({ task, entry, gigaflops, rates }) =>
    task === "encode" && entry.algorithm === "sparse" && entry.screening !== "off"
      ? ""
      : `${(100 * gigaflops / rates.gigaflops).toFixed(0)} %`,
  "over floor": ({ overFloor }) => overFloor.toFixed(2),
  "× dense": (row, rows) => over(row, packageRow(rows, row, { algorithm: "dense" })),
  "× sparse": (row, rows) => over(row, packageRow(rows, row, { algorithm: "sparse" })),
  "× 1 thread": (row, rows) => over(row, packageRow(rows, row, { threads: 1 })),
} satisfies Record<string, Cell>;

/** A column's head. */
export type Column = keyof typeof COLUMNS;

/** All columns of the bench's own reports. */
export const ALL: readonly Column[] = [
  ...["participant", "threads", "P", "first ms", "ms", "runs", "GF/s", "of F"] as const,
  ...["over floor", "× dense", "× sparse"] as const,
];

function lines(rows: readonly Row[], columns: readonly Column[]): string[][] {
  const cells = rows.map((row) => columns.map((column) => COLUMNS[column](row, rows)));
  return [[...columns], ...cells];
}

/** Returns the rows as aligned text. */
export function textTable(rows: readonly Row[]): string {
  const table = lines(rows, ALL);
  const widths = ALL.map((_, i) => Math.max(...table.map((line) => line[i].length)));
  const align = (cell: string, i: number) =>
    i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]);
  return table.map((line) => line.map(align).join("  ")).join("\n");
}

/** Returns the rows as a Markdown table of these columns. */
export function markdownTable(rows: readonly Row[], columns: readonly Column[] = ALL): string {
  const [head, ...body] = lines(rows, columns);
  const rule = columns.map((_, i) => i === 0 ? "---" : "---:");
  return [head, rule, ...body].map((line) => `| ${line.join(" | ")} |`).join("\n");
}
