/** Checks and stores the report of each runtime, and compares it with the table in docs/runtimes.md. */
import { assert, assertEquals } from "@std/assert";
import type { Report } from "../programme/report.ts";
import { OUT } from "./once.ts";
import { assertFigures } from "./problem.ts";
import { type Result, rowOf } from "../table.ts";

const PAGE = new URL("../../../docs/runtimes.md", import.meta.url);

/** Returns the report that a runtime printed as its last line. */
export function parseReport(output: string): Report {
  return JSON.parse(output.trimEnd().split("\n").at(-1)!);
}

/**
 * Prints a result, and throws unless its figures are right.
 *
 * @param needed The backends that must not be missing.
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
 * Prints and stores a result, and throws unless its figures are right and docs/runtimes.md contains its row.
 *
 * @param needed The backends that must not be missing.
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
  assertEquals(
    found,
    row,
    "the table in docs/runtimes.md is out of date: run deno task compatibility",
  );
}
