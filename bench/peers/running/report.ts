/** The table, the rows for a README, and the JSON. */

import packageConfig from "../../../deno.json" with { type: "json" };
import type { Algorithm } from "../../harness/peer.ts";
import { type Failure, ratio, type Row, titleOf } from "./comparison.ts";

/** The machine and the runtime, in a line each. */
export function machine(): string[] {
  const cpu = Deno.build.os === "linux" ? Deno.readTextFileSync("/proc/cpuinfo") : "";
  const field = (name: string) => cpu.match(new RegExp(`^${name}\\s*: (.*)$`, "m"))?.[1] ?? "?";
  const [load] = Deno.loadavg();
  const cores = navigator.hardwareConcurrency;
  return [
    `${field("model name")} (family ${field("cpu family")}, model ${field("model")}), ` +
    `${cores} cores, load ${load.toFixed(1)} at the start` +
    (load > cores / 4 ? ": NOT QUIET, do not quote these times" : ""),
    `Deno ${Deno.version.deno}, V8 ${Deno.version.v8}, @matryoshka/sae ${packageConfig.version}`,
  ];
}

const isPackage = ({ entry }: Row) => entry.peer === "package" || entry.peer === "reference";

/** The package's row that does the same as `row` on as many threads, by this algorithm. */
function baseOf(row: Row, rows: readonly Row[], algorithm: Algorithm): Row | undefined {
  return rows.find((other) =>
    isPackage(other) && other.task === row.task && other.entry.threads === row.entry.threads &&
    other.shape === row.shape && other.density === row.density &&
    other.entry.algorithm === algorithm && other.entry.P === row.entry.P
  );
}

function times(row: Row, base: Row | undefined): string {
  return base === undefined || base === row ? "" : `${ratio(row, base).toFixed(2)} ×`;
}

const HEAD = [
  ...["participant", "threads", "P", "first ms", "ms", "runs", "GF/s", "of F", "over floor"],
  ...["× dense", "× sparse"],
];

function cells(row: Row, rows: readonly Row[]): string[] {
  const { entry, firstMs, ms, samples, gigaflops, rates, overFloor } = row;
  const name = isPackage(row) && row.task !== "encode"
    ? `${entry.label}, ${entry.algorithm}`
    : entry.label;
  return [
    name,
    `${entry.threads}`,
    `${entry.P}`,
    firstMs.toFixed(0),
    ms < 100 ? ms.toPrecision(3) : ms.toFixed(0),
    `${samples.length}`,
    gigaflops.toFixed(1),
    `${(100 * gigaflops / rates.gigaflops).toFixed(0)} %`,
    overFloor.toFixed(2),
    times(row, baseOf(row, rows, "dense")),
    times(row, baseOf(row, rows, "sparse")),
  ];
}

/** Rows of one task and problem, aligned. */
export function textTable(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map((row) => cells(row, rows))];
  const widths = HEAD.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  return lines.map((line) =>
    line.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  ")
  ).join("\n");
}

/** "task · B d N · density": what a group of rows has in common. */
export function groupTitle({ task, shape: { B, d, N }, density }: Row): string {
  const what = {
    encode: "encode, relu(x Eᵀ + b)",
    forward: "forward pass, the loss alone",
    step: "training step: loss, gradients, clipping, Adam",
  }[task];
  return `${what} · B ${B}, d ${d}, N ${N} · ${(100 * density).toPrecision(2)} % active`;
}

/** F and W for each number of threads: medians of what was measured around the samples. */
export function rateLines(rows: readonly Row[]): string[] {
  return [...new Set(rows.map(({ entry }) => entry.threads))].map((threads) => {
    const { rates } = rows.find(({ entry }) => entry.threads === threads)!;
    return `${threads} thread${threads > 1 ? "s" : ""}: F ${rates.gigaflops.toFixed(1)} GF/s, ` +
      `W ${rates.gigabytes.toFixed(1)} GB/s (read + written)`;
  });
}

/** Rows for a README, one table per group. */
export function markdown(
  machineLines: readonly string[],
  groups: readonly (readonly Row[])[],
): string {
  const line = (fields: readonly string[]) => `| ${fields.join(" | ")} |`;
  const versions = new Set(groups.flat().map((row) => row.description));
  const head = [...machineLines, ...versions].map((text) => `- ${text}`).join("\n");
  const tables = groups.filter((rows) => rows.length > 0).map((rows) =>
    [
      `**${groupTitle(rows[0])}** · ${rateLines(rows).join(" · ")}\n`,
      line(HEAD),
      line(HEAD.map((_, i) => i === 0 ? "---" : "---:")),
      ...rows.map((row) => line(cells(row, rows))),
    ].join("\n")
  );
  return [head, ...tables].join("\n\n");
}

/** What the package gains from a second thread, and pays for prefixes. */
export function scaling(rows: readonly Row[]): string[] {
  return rows.filter(isPackage).flatMap((row) => {
    const { threads, P } = row.entry;
    const twin = (threads: number, P: number) =>
      rows.find((other) =>
        isPackage(other) && other.entry.algorithm === row.entry.algorithm &&
        other.entry.threads === threads && other.entry.P === P
      );
    const single = threads > 1 ? twin(1, P) : undefined;
    const plain = P > 1 ? twin(threads, 1) : undefined;
    const title = titleOf(row.entry);
    return [
      ...single ? [`${title}: ${ratio(single, row).toFixed(2)} × as fast as on one`] : [],
      ...plain ? [`${title}: ${ratio(row, plain).toFixed(2)} × the time of P = 1`] : [],
    ];
  });
}

/** What to keep of a run. */
export function json(
  machineLines: readonly string[],
  groups: readonly (readonly Row[])[],
  failures: readonly Failure[],
): string {
  return JSON.stringify({ machine: machineLines, rows: groups.flat(), failures }, null, 1) + "\n";
}
