/**
 * Writes the tables that pages hold between markers, from the newest results in this folder or from formulas.
 *
 *     deno task bench:tables            writes them
 *     deno task bench:tables --check    fails if a page differs
 */
import { withTable } from "../harness/marked_table.ts";
import { TABLES } from "./tables.ts";

const FOLDER = new URL("./", import.meta.url);
const ROOT = new URL("../../", import.meta.url);

/** The pages with such tables. */
export const PAGES = [
  "docs/benchmarks.md",
  "docs/gpu.md",
  "docs/more-than-one-machine.md",
  "docs/recipes.md",
];

/** Finds the newest of the files named "DATE-NAME.json". */
export function newestOf(files: readonly string[], name: string): string {
  const dated = files.filter((file) => /^\d{4}-\d\d-\d\d-/.test(file));
  const newest = dated.filter((file) => file.slice(11) === `${name}.json`).sort().at(-1);
  if (newest === undefined) throw new Error(`Cannot find results of ${name} in bench/results`);
  return newest;
}

/** Returns the page with every table that it has markers for. */
export async function pageFromResults(page: string): Promise<string> {
  const files = [...Deno.readDirSync(FOLDER)].map(({ name }) => name);
  let written = page;
  for (const [, name] of page.matchAll(/^<!-- (bench:[a-z]+) -->$/gm)) {
    if (!(name in TABLES)) throw new Error(`Cannot write the table ${name}: tables.ts has none`);
    const { results, render } = TABLES[name];
    const measured = results && await Deno.readTextFile(new URL(newestOf(files, results), FOLDER));
    written = withTable(written, name, render(measured && JSON.parse(measured)));
  }
  return written;
}

if (import.meta.main) {
  for (const path of PAGES) {
    const page = await Deno.readTextFile(new URL(path, ROOT));
    const expected = await pageFromResults(page);
    if (!Deno.args.includes("--check")) await Deno.writeTextFile(new URL(path, ROOT), expected);
    else if (page !== expected) {
      console.error(`${path} differs from bench/results: run deno task bench:tables`);
      Deno.exitCode = 1;
    }
  }
}
