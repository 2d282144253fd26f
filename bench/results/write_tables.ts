/**
 * Writes the tables that docs/benchmarks.md holds between markers, from the newest results in this folder.
 *
 *     deno task bench:tables            writes them
 *     deno task bench:tables --check    fails if the page differs
 */
import { TABLES } from "./tables.ts";

const FOLDER = new URL("./", import.meta.url);
const PAGE = new URL("../../docs/benchmarks.md", import.meta.url);

/** Returns the page with the text between the markers of `name` replaced. */
export function withTable(page: string, name: string, table: string): string {
  const open = `<!-- ${name} -->\n`;
  const close = `<!-- /${name} -->`;
  const begin = page.indexOf(open);
  const end = page.indexOf(close, begin);
  if (begin < 0 || end < 0) {
    throw new Error(`Cannot write the table ${name}: the page has no such pair of markers`);
  }
  return page.slice(0, begin + open.length) + table + "\n" + page.slice(end);
}

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
