/**
 * Writes the tables that docs/benchmarks.md holds between markers, from the newest results in this folder.
 *
 *     deno task bench:tables            writes them
 *     deno task bench:tables --check    fails if the page differs
 */
import { render } from "../gpu/render.ts";
import type { GpuResults } from "../gpu/results.ts";
import { withTable } from "../harness/marked_table.ts";

const FOLDER = new URL("./", import.meta.url);
const PAGE = new URL("../../docs/benchmarks.md", import.meta.url);

/** Results that the page's table shows: of the newest code, on one GPU. */
const GPU = "2026-11-27-webgpu-h200.json";

/** Returns the page as the results give it. */
export async function pageFromResults(page: string): Promise<string> {
  const results: GpuResults = JSON.parse(await Deno.readTextFile(new URL(GPU, FOLDER)));
  return withTable(page, "bench:gpu", render([results], { measuredOnly: true }));
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
