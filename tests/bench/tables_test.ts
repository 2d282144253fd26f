/** The tables of `bench/results`, and of the bench on the CPU. */

import { assertEquals, assertThrows } from "@std/assert";
import type { CpuResults, Row } from "../../bench/peers/running/rows.ts";
import { markdownTable } from "../../bench/peers/running/table.ts";
import { TABLES } from "../../bench/results/tables.ts";
import { withTable } from "../../bench/harness/marked_table.ts";
import { newestOf, pageFromResults, PAGES } from "../../bench/results/write_tables.ts";

const RATES = { flops: 5e10, bytes: 2e10 };

function row(peer: string, algorithm: "dense" | "sparse", times: readonly number[]): Row {
  return {
    task: "step",
    shape: { B: 4, d: 8, N: 16, active: 2, P: 3 },
    density: 0.1,
    entry: { label: peer, peer, threads: 1, algorithm, P: 3 },
    description: `${peer} 1.0`,
    errors: "",
    firstMs: 100,
    samples: times.map((ms, round) => ({ round, ms, rates: RATES })),
    ms: times.toSorted((a, b) => a - b)[1],
    gigaflops: 25,
    overFloor: 1.5,
    rates: { gigaflops: 50, gigabytes: 20 },
  };
}

const ROWS = [
  row("package", "sparse", [10, 20, 40]),
  row("package", "dense", [40, 80, 160]),
  // 3, 6 and 2 times the sparse step of the same round; its median is 4 times the sparse median.
  row("PyTorch", "dense", [30, 120, 80]),
];

Deno.test("markdownTable() shows medians, and ratios paired by round", () => {
  assertEquals(markdownTable(ROWS, ["participant", "ms", "× dense", "× sparse"]).split("\n"), [
    "| participant | ms | × dense | × sparse |",
    "| --- | ---: | ---: | ---: |",
    "| package, sparse | 20.0 | 0.25 × |  |",
    "| package, dense | 80.0 |  | 4.00 × |",
    "| PyTorch | 80.0 | 0.75 × | 3.00 × |",
  ]);
});

Deno.test("a table of the page shows rows of its own task only, and says where they come from", () => {
  const environment = { date: "2026-11-27", commit: "0123456", runtime: "Deno" };
  const rows = [...ROWS, { ...ROWS[0], task: "encode" } as const];
  const results: CpuResults = { kind: "cpu", environment, rows, failures: [] };
  const lines = TABLES["bench:pytorch"].render(results).split("\n");
  assertEquals(lines.filter((line) => line.startsWith("| package")).length, 2);
  assertEquals(lines.at(-1), "- Deno, 2026-11-27, commit 0123456.");
});

Deno.test("newestOf() takes the latest date of exactly this name", () => {
  const files = [
    ...["2026-11-27-cpu-steps.json", "2027-01-02-cpu-steps.json", "README.md"],
    ...["2027-02-01-cpu-steps-old.json", "2026-12-30-cpu-steps.json"],
  ];
  assertEquals(newestOf(files, "cpu-steps"), "2027-01-02-cpu-steps.json");
  assertThrows(() => newestOf(files, "webgpu"), Error, "Cannot find results of webgpu");
});

Deno.test("withTable() replaces the text between the markers alone", () => {
  const page = "before\n<!-- bench:x -->\nold\n<!-- /bench:x -->\nafter\n";
  const expected = "before\n<!-- bench:x -->\nnew\n<!-- /bench:x -->\nafter\n";
  assertEquals(withTable(page, "bench:x", "new"), expected);
  assertThrows(() => withTable(page, "bench:y", "new"), Error, "does not have its two markers");
});

for (const path of PAGES) {
  Deno.test(`${path} shows what bench/results and the formulas hold`, async () => {
    const page = await Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
    assertEquals(page, await pageFromResults(page), "run deno task bench:tables");
  });
}
