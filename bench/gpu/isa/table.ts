/**
 * The table of all pipelines' figures: as text, and as the files that record it.
 *
 * @module
 */
import type { Figures } from "./figures.ts";

/** Figures by the labels of pipelines. */
export type Table = ReadonlyMap<string, Figures>;

/** The figures in the order of columns, and their titles. */
const COLUMNS: readonly (readonly [keyof Figures, string])[] = [
  ["registers", "VGPRs"],
  ["waves", "waves"],
  ["lds", "LDS"],
  ["spills", "spills"],
  ["scratch", "scratch"],
  ["code", "code"],
  ["multiplyAdds", "FMA"],
  ["vector", "of vector"],
  ["stepMultiplyAdds", "step's FMA"],
  ["stepVector", "of vector"],
  ["stepLdsBytes", "LDS bytes"],
  ["exposed", "waits"],
  ["inFlight", "loads"],
];

const TITLES = ["pipeline", ...COLUMNS.map(([, title]) => title)];

/** Writes a table as lines of values between tabs, after a line that names the compiler and one with titles. */
export function toText(table: Table, compiler: string): string {
  const rows = [...table].map(([label, figures]) =>
    [label, ...COLUMNS.map(([key]) => figures[key])].join("\t")
  );
  return [`# ${compiler}`, TITLES.join("\t"), ...rows, ""].join("\n");
}

/** Reads what `toText` has written. */
export function fromText(text: string): { compiler: string; table: Table } {
  const [first, , ...rows] = text.trimEnd().split("\n");
  const table = new Map(rows.map((row) => {
    const [label, ...values] = row.split("\t");
    const figures = Object.fromEntries(COLUMNS.map(([key], n) => [key, Number(values[n])]));
    return [label, figures as Record<keyof Figures, number>];
  }));
  return { compiler: first.slice(2), table };
}

/** Writes a table for a terminal, columns aligned, with the shares that follow from the figures. */
export function forTerminal(table: Table): string {
  const rows = [...table].map(([label, f]) => [
    label,
    ...COLUMNS.map(([key]) => String(f[key])),
    f.multiplyAdds ? (f.multiplyAdds / f.vector).toFixed(3) : "",
    f.stepMultiplyAdds ? (f.stepVector / f.stepMultiplyAdds).toFixed(3) : "",
  ]);
  const all = [[...TITLES, "FMA share", "vector/FMA"], ...rows];
  const widths = all[0].map((_, n) => Math.max(...all.map((row) => row[n].length)));
  return all.map((row) =>
    row.map((cell, n) => n === 0 ? cell.padEnd(widths[n]) : cell.padStart(widths[n])).join("  ")
  ).join("\n");
}

/** Says in a line for each figure what differs between the recorded and the present table. */
export function differences(recorded: Table, present: Table): string[] {
  const lines: string[] = [];
  for (const label of new Set([...recorded.keys(), ...present.keys()])) {
    const [before, now] = [recorded.get(label), present.get(label)];
    if (before === undefined) lines.push(`${label}: new`);
    else if (now === undefined) lines.push(`${label}: gone`);
    else {
      const changed = COLUMNS.filter(([key]) => before[key] !== now[key])
        .map(([key]) => `${key} ${before[key]} → ${now[key]}`);
      if (changed.length > 0) lines.push(`${label}: ${changed.join(", ")}`);
    }
  }
  return lines;
}
