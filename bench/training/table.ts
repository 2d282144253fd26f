/** The table of training runs. */

import { environmentLines } from "../harness/environment.ts";
import { median } from "../harness/statistics.ts";
import type { TrainingResults, TrainingRuns } from "./results.ts";

/** Returns how many times as long `runs` took as the package's first, paired by round. */
function ratio(runs: TrainingRuns, base: TrainingRuns): number {
  return median(runs.seconds.map((seconds, round) => seconds / base.seconds[round]));
}

/** Returns each way of training with its seconds and its quality. */
export function trainingTable({ runs, rows, steps, environment }: TrainingResults): string {
  const body = runs.map((each) => {
    const base = runs.find(({ threads, digest }) => threads === each.threads && digest);
    return [
      each.label,
      `${each.threads}`,
      each.median.toFixed(1),
      base === undefined || base === each ? "" : `${ratio(each, base).toFixed(2)} ×`,
      each.fvu.toFixed(4),
      each.l0.toFixed(1),
    ];
  });
  const head = ["", "threads", "s", "against the first", "FVU", "L0"];
  const rule = head.map((_, i) => i === 0 ? "---" : "---:");
  const digests = [...new Set(runs.flatMap(({ digest }) => digest ?? []))];
  const notes = [
    `${steps} steps, ${rows.toLocaleString("en")} rows; FVU and L0 on rows held out`,
    `Medians over this many rounds: ${runs[0].seconds.length}`,
    `The package's runs wrote the same file, SHA-256 ${digests.map((each) => each.slice(0, 16))}…`,
    ...[...new Set(runs.map(({ description }) => description))],
    ...environmentLines(environment),
  ];
  const table = [head, rule, ...body].map((line) => `| ${line.join(" | ")} |`).join("\n");
  return [table, "", ...notes.map((note) => `- ${note}.`)].join("\n");
}
