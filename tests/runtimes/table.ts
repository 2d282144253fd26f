/**
 * The compatibility table of docs/runtimes.md, from the results of the tests beside this file.
 *
 *     deno task compatibility    runs those tests, and writes the table
 *
 * @module
 */
import type { Attempt, Report } from "./programme/report.ts";

/** What a runtime said, by the way in which it got the package. */
export interface Result {
  /** Its name, without what changes from day to day. */
  readonly runtime: string;
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

/** The line of a result. */
export function rowOf({ runtime, way, report: { attempts } }: Result): string {
  const cells = ["wasm", "wasm, 2 threads", "webgpu"].map((asked) => cell(attempts, asked));
  return `| ${[runtime, way, ...cells].join(" | ")} |`;
}

/** The table. */
export function table(results: readonly Result[]): string {
  const rows = results.map(rowOf).sort(new Intl.Collator("en", { numeric: true }).compare);
  return [...HEADER, ...rows].join("\n");
}

/** The text with the table between its markers. */
export function withTable(text: string, table: string): string {
  const [before, rest] = text.split("<!-- compatibility -->\n");
  const after = rest.slice(rest.indexOf("<!-- /compatibility -->"));
  return `${before}<!-- compatibility -->\n${table}\n${after}`;
}
