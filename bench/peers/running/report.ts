/** What the comparison prints besides its tables. */

import { isPackage, packageRow, ratio, type Row, titleOf } from "./rows.ts";
import { markdownTable } from "./table.ts";

/** Returns what a group of rows has in common: task, sizes and density. */
export function groupTitle({ task, shape: { B, d, N }, density }: Row): string {
  const what = {
    encode: "encode, relu(x Eᵀ + b)",
    forward: "forward pass, the loss alone",
    step: "training step: loss, gradients, clipping, Adam",
  }[task];
  return `${what} · B ${B}, d ${d}, N ${N} · ${(100 * density).toPrecision(2)} % active`;
}

/** Returns F and W for each number of threads: medians of the rates around the samples. */
export function rateLines(rows: readonly Row[]): string[] {
  return [...new Set(rows.map(({ entry }) => entry.threads))].map((threads) => {
    const { rates } = rows.find(({ entry }) => entry.threads === threads)!;
    return `${threads} thread${threads > 1 ? "s" : ""}: F ${rates.gigaflops.toFixed(1)} GF/s, ` +
      `W ${rates.gigabytes.toFixed(1)} GB/s (read + written)`;
  });
}

/** Returns each distinct description of a participant. */
export function descriptions(rows: readonly Row[]): string[] {
  return [...new Set(rows.map(({ description }) => description))];
}

/** Returns one Markdown table per group, below the environment and the participants. */
export function markdown(
  environment: readonly string[],
  groups: readonly (readonly Row[])[],
): string {
  const head = [...environment, ...descriptions(groups.flat())].map((text) => `- ${text}`);
  const tables = groups.filter((rows) => rows.length > 0).map((rows) => {
    const title = `**${groupTitle(rows[0])}** · ${rateLines(rows).join(" · ")}`;
    return `${title}\n\n${markdownTable(rows)}`;
  });
  return [head.join("\n"), ...tables].join("\n\n");
}

/** Returns what the package gains from a second thread, and what its prefixes cost. */
export function scaling(rows: readonly Row[]): string[] {
  return rows.filter(isPackage).flatMap((row) => {
    const { threads, P } = row.entry;
    const single = threads > 1 ? packageRow(rows, row, { threads: 1 }) : undefined;
    const plain = P > 1 ? packageRow(rows, row, { P: 1 }) : undefined;
    const title = titleOf(row.entry);
    return [
      ...single ? [`${title}: ${ratio(single, row).toFixed(2)} × as fast as on one`] : [],
      ...plain ? [`${title}: ${ratio(row, plain).toFixed(2)} × the time of P = 1`] : [],
    ];
  });
}
