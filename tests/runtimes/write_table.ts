/**
 * Runs the tests of all runtimes and writes the table of docs/runtimes.md from their results. A test fails if its row was
 * out of date; a second run shows whether anything else is wrong.
 */
import { OUT } from "./setup/once.ts";
import { withTable } from "../../bench/harness/marked_table.ts";
import { type Result, table } from "./table.ts";

const PAGE = new URL("../../docs/runtimes.md", import.meta.url);
const RESULTS = new URL("results/", OUT);

await Deno.remove(RESULTS, { recursive: true }).catch(() => undefined);
const tests = new Deno.Command(Deno.execPath(), {
  args: ["test", "-A", new URL(".", import.meta.url).pathname],
  env: { CI: "1" },
}).spawn();
await tests.status;

const results: Result[] = [];
for await (const { name } of Deno.readDir(RESULTS)) {
  results.push(JSON.parse(await Deno.readTextFile(new URL(name, RESULTS))));
}
await Deno.writeTextFile(
  PAGE,
  withTable(await Deno.readTextFile(PAGE), "compatibility", table(results)),
);
console.log(table(results));
