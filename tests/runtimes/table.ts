/**
 * The compatibility table of docs/runtimes.md, from the results of the tests beside this file.
 *
 *     deno task compatibility    runs those tests and writes the table
 *
 * @module
 */
import type { Attempt, Report } from "./programme/report.ts";

/** The report of a runtime that loaded the package in a certain way. */
export interface Result {
  /** The name of the runtime, without a version that changes often. */
  readonly runtime: string;
  /** How it loaded the package, as in the second column of the table. */
  readonly way: string;
  readonly report: Report;
}

const HEADER = [
  "| runtime | package as | WASM | 2 threads | WebGPU |",
  "|---|---|---|---|---|",
];

function cell(attempts: readonly Attempt[], asked: string): string {
  const done = attempts.find((attempt) => attempt.asked === asked && attempt.figures);
  if (!done) return "–";
  return asked === "wasm" ? done.description! : "yes";
}

/** Returns the row of a result. */
export function rowOf({ runtime, way, report: { attempts } }: Result): string {
  const cells = ["wasm", "wasm, 2 threads", "webgpu"].map((asked) => cell(attempts, asked));
  return `| ${[runtime, way, ...cells].join(" | ")} |`;
}

/** Returns the whole table. */
export function table(results: readonly Result[]): string {
  const rows = results.map(rowOf).sort(new Intl.Collator("en", { numeric: true }).compare);
  return [...HEADER, ...rows].join("\n");
}
