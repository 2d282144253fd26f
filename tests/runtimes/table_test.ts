import { assert, assertEquals } from "@std/assert";
import { withTable } from "../../bench/harness/marked_table.ts";
import { type Result, rowOf, table } from "./table.ts";

const figures = { loss: 1, lossError: 0, codesError: 0, decodeError: 0 };
const trained: [number, number] = [2, 1];

function result(runtime: string, ...asked: string[]): Result {
  const attempts = asked.map((asked) => {
    return { asked, description: "SIMD", figures: { ...figures, trained } };
  });
  const missing = { asked: "webgpu", missing: "there is no adapter" };
  return { runtime, way: "bundle", report: { engine: "?", attempts: [missing, ...attempts] } };
}

Deno.test("a row names the WASM tier, and has a dash for each missing backend", () => {
  assertEquals(rowOf(result("Some", "wasm")), "| Some | bundle | SIMD | – | – |");
  const all = result("All", "wasm", "wasm, 2 threads", "webgpu");
  assertEquals(rowOf(all), "| All | bundle | SIMD | yes | yes |");
});

Deno.test("the table replaces the text between its markers, with rows in the order of names", () => {
  const text = "a\n<!-- compatibility -->\nold\n<!-- /compatibility -->\nb\n";
  const lines = withTable(
    text,
    "compatibility",
    table([result("Node 22"), result("Deno"), result("Node 9")]),
  ).split("\n");
  const names = lines.map((line) => line.split(" | ")[0]);
  assertEquals(names.slice(4, 7), ["| Deno", "| Node 9", "| Node 22"]);
  assertEquals([lines[0], lines.at(-2), lines.includes("old")], ["a", "b", false]);
});

// The test of each runtime compares its own row, so only the count reveals a row that no test produces.
Deno.test("the table of docs/runtimes.md has one row for each runtime and way", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/runtimes.md", import.meta.url));
  const [, rest] = page.split("<!-- compatibility -->\n");
  const rows = rest.slice(0, rest.indexOf("<!-- /")).trim().split("\n").slice(2);
  assertEquals(new Set(rows).size, 11);
  assert(
    rows.every((row) => /^\| (Bun|Chromium|Deno|Firefox|Node|workerd)\b/.test(row)),
    rows.join(),
  );
});
