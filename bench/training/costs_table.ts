/** The table of what a training run costs. */

import { environmentLines } from "../harness/environment.ts";
import type { CostsResults, Phase } from "./results.ts";

/** Kernels that never take this many milliseconds are added up in one row. */
const LEAST = 0.1;

const text = (ms: number) => ms === 0 ? "" : ms.toFixed(ms < 10 ? 2 : 1);

function total({ data, host, kernels }: Phase): number {
  return data + host + Object.values(kernels).reduce((sum, ms) => sum + ms, 0);
}

/** Returns the milliseconds of a step by kernel and phase. */
export function costsTable({ phases, environment }: CostsResults): string {
  const names = [...new Set(phases.flatMap(({ kernels }) => Object.keys(kernels)))];
  const most = (name: string) => Math.max(...phases.map(({ kernels }) => kernels[name] ?? 0));
  const shown = names.filter((name) => most(name) >= LEAST).sort((a, b) => most(b) - most(a));
  const others = names.filter((name) => !shown.includes(name));
  const sum = ({ kernels }: Phase, of: readonly string[]) =>
    of.reduce((sum, name) => sum + (kernels[name] ?? 0), 0);
  const body = [
    ...shown.map((name) => [`\`${name}\``, ...phases.map((phase) => text(sum(phase, [name])))]),
    ["other kernels", ...phases.map((phase) => text(sum(phase, others)))],
    ["reading and shuffling rows", ...phases.map(({ data }) => text(data))],
    ["the trainer's checks, writes and submits", ...phases.map(({ host }) => text(host))],
    ["**a step**", ...phases.map((phase) => text(total(phase)))],
    [
      "candidates per row of the last step",
      ...phases.map(({ candidates }) => candidates === undefined ? "" : candidates.toFixed(1)),
    ],
    [
      "**all steps of the column, s**",
      ...phases.map((phase) => text((phase.to - phase.from) * total(phase) / 1000)),
    ],
  ];
  const head = [
    "ms",
    ...phases.map(({ from, to, algorithm, screening, l0 }) =>
      `${from + 1}–${to}, ${algorithm}${screening === "off" ? ", not screened" : ""} ` +
      `(L0 ${l0.toFixed(0)} at the end)`
    ),
  ];
  const rule = head.map((_, i) => i === 0 ? "---" : "---:");
  const table = [head, rule, ...body].map((line) => `| ${line.join(" | ")} |`).join("\n");
  const notes = environmentLines(environment).map((line) => `- ${line}.`);
  return [table, "", ...notes].join("\n");
}
