/** The table of `bench/gpu/render.ts`. */

import { assert, assertEquals } from "@std/assert";
import { render } from "../../bench/gpu/render.ts";
import type { GpuResults, PyTorchResults, Timing } from "../../bench/gpu/results.ts";

const SHAPE = { B: 256, d: 512, N: 4096, active: 32, P: 10 };

const ENVIRONMENT = { date: "2026-11-27", commit: "0123456", runtime: "Deno" };

function timing(ms: number): Timing {
  return { ms, samples: [ms], firstMs: 50, gigaflops: 1000, ofF: 0.66, overFloor: 1.25 };
}

function results(software: boolean): GpuResults {
  const timings = { encode: timing(1), dense: timing(8), sparse: timing(2) };
  const comparison = { name: "small", shape: SHAPE, density: 32 / 4096, gates: [], failures: {} };
  const rates = { gigaflops: 1500, gigabytes: 400 };
  return {
    ...{ kind: "webgpu", environment: ENVIRONMENT, adapter: "Card 1", software, tiles: "128×128" },
    comparisons: [{ ...comparison, rates, timings }],
  };
}

const TORCH: PyTorchResults = {
  ...{ kind: "pytorch", environment: ENVIRONMENT, description: "PyTorch, Card 1", cuda: true },
  comparisons: [{
    ...{ name: "small", shape: SHAPE, density: 32 / 4096, gate: "", ms: 7, firstMs: 9 },
    samples: [7],
  }],
};

const cells = (line: string) => line.split("|").slice(1, -1).map((cell) => cell.trim());

Deno.test("render() puts a GPU's times beside PyTorch's, and leaves other shapes blank", () => {
  const lines = render([results(false), TORCH]).split("\n");
  assertEquals(cells(lines[2]), [
    ...["256, 512, 4096, 10", "0.78 %", "1500", "400", "1000", "66 %"],
    ...["8.00", "1.25", "2.00", "1.25", "7.00", "3.5 ×", "", ""],
  ]);
  assertEquals(cells(lines[3])[0], "1024, 512, 8192, 10");
  assert(cells(lines[3]).slice(2).every((cell) => cell === ""));
});

Deno.test("render() shows no times of a software adapter, and says so", () => {
  const text = render([results(true), { ...TORCH, cuda: false }]);
  for (const line of text.split("\n").slice(2, 7)) {
    assert(cells(line).slice(2).every((cell) => cell === ""), line);
  }
  assert(text.includes("times say nothing about a GPU"), text);
  assert(text.includes("No hardware adapter was available"), text);
});

Deno.test("render() leaves out blank rows and columns where only measurements are wanted", () => {
  const lines = render([results(false)], { measuredOnly: true }).split("\n");
  assertEquals(cells(lines[0]).length, 10);
  assertEquals(cells(lines[2])[0], "256, 512, 4096, 10");
  assertEquals(lines[3], "");
});
