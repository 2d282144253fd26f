/** Keeps what each runtime said, and compares it with the table in docs/runtimes.md. */
import { assert, assertEquals } from "@std/assert";
import type { Report } from "../programme/report.ts";
import { OUT } from "./once.ts";
import { assertFigures } from "./problem.ts";
import { type Result, rowOf } from "../table.ts";

const PAGE = new URL("../../../docs/runtimes.md", import.meta.url);

/** A report as a runtime prints it: the last line, after what it had to say before. */
export function parseReport(output: string): Report {
  return JSON.parse(output.trimEnd().split("\n").at(-1)!);
}

/**
 * Prints a result, and throws unless its figures are right.
 *
 * @param needed What may not be missing.
 */
export async function checkFigures(result: Result, needed: readonly string[]): Promise<void> {
  const { way, report } = result;
  for (const { asked, description, figures, missing } of report.attempts) {
    const what = `${report.engine}, ${way}, ${asked}`;
    console.log(`${what}: ${description ?? missing}${figures ? `, loss ${figures.loss}` : ""}`);
    if (figures) await assertFigures(what, figures);
    assert(figures || !needed.includes(asked), `${what}: ${missing}`);
  }
  for (const asked of needed) {
    assert(report.attempts.some((attempt) => attempt.asked === asked), `${asked} was not tried`);
  }
}

/**
 * Prints and keeps a result, and throws unless its figures are right and its row stands in docs/runtimes.md.
 *
 * @param needed What may not be missing.
 */
export async function check(result: Result, needed: readonly string[]): Promise<void> {
  await checkFigures(result, needed);
  const { runtime, way } = result;
  const name = `${runtime} ${way}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  await Deno.mkdir(new URL("results/", OUT), { recursive: true });
  await Deno.writeTextFile(new URL(`results/${name}.json`, OUT), JSON.stringify(result, null, 2));
  const row = rowOf(result);
  const page = await Deno.readTextFile(PAGE);
  const found = page.split("\n").find((line) => line.startsWith(row.split("|", 3).join("|")));
  assertEquals(found, row, "the table in docs/runtimes.md differs: run deno task compatibility");
}
