/** The harness that the peers' bench and the GPU bench share. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type Environment, withDisturbance } from "../../bench/harness/environment.ts";
import { floorOf, flopsOf } from "../../bench/harness/floors.ts";
import { resultsText } from "../../bench/harness/results_file.ts";
import { median } from "../../bench/harness/statistics.ts";

const HARNESS = new URL("../../bench/harness/", import.meta.url);
const SHAPE = { B: 4, d: 8, N: 16, active: 2, P: 3 };

Deno.test("bench/harness imports no package, and nothing of the benches that share it", async () => {
  for (const { name } of Deno.readDirSync(HARNESS)) {
    if (!name.endsWith(".ts")) continue;
    const source = await Deno.readTextFile(new URL(name, HARNESS));
    for (const [, specifier] of source.matchAll(/\bfrom "([^"]+)"|\bimport\("([^"]+)"\)/g)) {
      const harmless = /^\.\/|^\.\.\/\.\.\/(kernels|src|tests)\/|^\.\.\/\.\.\/mod\.ts$/;
      assert(harmless.test(specifier ?? ""), `${name} imports ${specifier}`);
    }
  }
});

Deno.test("median() takes the middle value, or the mean of the two in the middle", () => {
  assertEquals(median([5, 1, 3]), 3);
  assertEquals(median([4, 1, 3, 2]), 2.5);
});

Deno.test("flopsOf() counts five products for a dense step, and one for an encode", () => {
  const work = { shape: SHAPE, active: 8, P: 3, algorithm: "dense" } as const;
  const product = 2 * 4 * 8 * 16;
  assertEquals(flopsOf({ ...work, task: "encode" }), product);
  assertEquals(flopsOf({ ...work, task: "step" }), 5 * product);
  const sparse = { ...work, task: "step", algorithm: "sparse" } as const;
  assertEquals(flopsOf(sparse), product + 4 * 2 * 8 * 8);
});

Deno.test("floorOf() adds memory traffic to the products of a step", () => {
  const work = { task: "step", shape: SHAPE, active: 8, P: 3 } as const;
  const rates = { flops: 1e3, bytes: 1e6 };
  const dense = 5 * 1024 / 1e3 + (12 * 4 * 16 + 72 * 16 * 8) / 1e6;
  assertAlmostEquals(floorOf({ ...work, algorithm: "dense" }, rates), dense, 1e-12);
  const sparse = 1024 / 1e3 + (8 * 3 * 4 * 8 + 56 * 16 * 8) / 1e6;
  assertAlmostEquals(floorOf({ ...work, algorithm: "sparse" }, rates), sparse, 1e-12);
});

Deno.test("withDisturbance() marks a run whose rates fell below three quarters of their best", () => {
  const host = { cpu: "CPU", cores: 2, load: 0, busy: 0, quiet: true };
  const environment: Environment = { date: "2026-11-27", commit: "0", runtime: "Deno", host };
  const steady = withDisturbance(environment, [[50, 49, 40], [100, 90, 80]]).host;
  assertEquals([steady?.quiet, steady?.disturbed], [true, 0]);
  const shaken = withDisturbance(environment, [[50, 49], [100, 50]]).host;
  assertEquals([shaken?.quiet, shaken?.disturbed], [false, 0.25]);
});

Deno.test("resultsText() rounds fractions to six digits and keeps whole numbers", () => {
  assertEquals(JSON.parse(resultsText({ ms: 1.23456789, count: 123456789 })), {
    ms: 1.23457,
    count: 123456789,
  });
});
