/** A step on paper, against what was counted and measured. */

import { assert, assertEquals } from "@std/assert";
import { flopsOf } from "../../bench/harness/floors.ts";
import { newestOf } from "../../bench/results/write_tables.ts";
import { floorOf, heldMemory, kernelsOf, ranksNeeded } from "../../bench/gpu/work/model.ts";
import type { WorkResults } from "../../bench/gpu/work/counted.ts";
import { sumsOf } from "../../bench/gpu/work/tables.ts";

const RESULTS = new URL("../../bench/results/", import.meta.url);
const files = [...Deno.readDirSync(RESULTS)].map(({ name }) => name);
const counted: WorkResults = JSON.parse(
  Deno.readTextFileSync(new URL(newestOf(files, "webgpu-work"), RESULTS)),
);
const sum = (values: number[]) => values.reduce((all, value) => all + value, 0);

for (const { shape, steps } of counted.shapes) {
  for (const step of steps) {
    const name = `${step.algorithm} step, N ${shape.N}`;

    Deno.test(`${name}: the buffers on paper are those that a device holds, to 3 %`, () => {
      const paper = sum(Object.values(heldMemory(shape)));
      assert(paper <= step.heldBytes, `${paper} > ${step.heldBytes}`);
      assert(paper > 0.97 * step.heldBytes, `${paper} of ${step.heldBytes}`);
    });

    // What is updated in place is bound once but moved twice; a product in parts binds its operands for each part.
    Deno.test(`${name}: kernels on paper move about what dispatches bind`, () => {
      const paper = sum(kernelsOf(shape, step.algorithm).map(({ bytes }) => bytes));
      const { boundBytes } = sumsOf(step);
      assert(paper < 2 * boundBytes, `${paper} > 2 · ${boundBytes}`);
      assert(paper > boundBytes / 3, `${paper} of ${boundBytes}`);
    });

    Deno.test(`${name}: operations on paper are those of the CPU's floors`, () => {
      const { algorithm } = step;
      const { B, active, P } = shape;
      const paper = sum(kernelsOf(shape, algorithm).map(({ flops }) => flops));
      assertEquals(paper, flopsOf({ task: "step", shape, active: B * active, algorithm, P }));
    });
  }
}

Deno.test("floorOf() takes the larger of two times", () => {
  const work = { kernel: "", stages: [], flops: 8, bytes: 2, gathered: 1 };
  assertEquals(floorOf(work, { flops: 2, bandwidth: 3 }), { seconds: 4, limit: "multiply-adds" });
  assertEquals(floorOf(work, { flops: 8, bandwidth: 1 }), { seconds: 3, limit: "bandwidth" });
});

Deno.test("ranksNeeded() divides what belongs to latents, and nothing else", () => {
  const shape = { B: 100, d: 10, N: 1000, P: 3 };
  const { weights, activations, sums, rows } = heldMemory(shape);
  const whole = (weights + activations + sums + rows) / 0.85;
  assertEquals(ranksNeeded(shape, whole + 1), 1);
  assertEquals(ranksNeeded(shape, whole - 2), 2);
  assertEquals(ranksNeeded(shape, (sums + rows) / 0.85), Infinity);
});
