/**
 * Writes the tables that docs/benchmarks.md holds between markers, from the newest results in this folder.
 *
 *     deno task bench:tables            writes them
 *     deno task bench:tables --check    fails if the page differs
 */
import { withTable } from "../harness/marked_table.ts";
import { TABLES } from "./tables.ts";

const FOLDER = new URL("./", import.meta.url);
const PAGE = new URL("../../docs/benchmarks.md", import.meta.url);

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
    const text = await Deno.readTextFile(new URL(newestOf(files, results), FOLDER));
    written = withTable(written, name, render(JSON.parse(text)));
  }
  return written;
}

if (import.meta.main) {
  const page = await Deno.readTextFile(PAGE);
  const expected = await pageFromResults(page);
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(PAGE, expected);
  else if (page !== expected) {
    console.error("docs/benchmarks.md differs from bench/results: run deno task bench:tables");
    Deno.exit(1);
  }
}
