import { assertEquals, assertThrows } from "@std/assert";
import { codesFromDense } from "../../src/model/codes.ts";
import { ActivityMetrics } from "../../src/evaluation/metrics/activity.ts";
import { Random } from "../../src/base/random.ts";

Deno.test("activity counts rows, L0, frequencies and dead latents over batches", () => {
  const metrics = new ActivityMetrics(4);
  metrics.addActivations(Float32Array.of(1, 0, 0, 2, 0, 0, 0, 3));
  metrics.addActivations(Float32Array.of(0, 0, 0, 1, -1, 0, 0, 0));
  const { rows, l0, frequency, deadLatentCount } = metrics.result();
  assertEquals({ rows, l0, deadLatentCount }, { rows: 4, l0: 5 / 4, deadLatentCount: 2 });
  assertEquals([...frequency], [0.5, 0, 0, 0.75]);
});

Deno.test("sparse codes and dense activations measure the same", () => {
  const random = Random.fromSeed(2);
  const dense = Float32Array.from({ length: 80 * 9 }, () => Math.max(0, random.normal() - 1));
  const [a, b] = [new ActivityMetrics(9), new ActivityMetrics(9)];
  a.addActivations(dense);
  b.addCodes(codesFromDense(80, 9, dense));
  assertEquals(a.result(), b.result());
});

Deno.test("an entry of value 0 in sparse codes is not active", () => {
  const metrics = new ActivityMetrics(2);
  metrics.addCodes({
    rows: 1,
    latentCount: 2,
    rowOffsets: Uint32Array.of(0, 2),
    indices: Uint32Array.of(0, 1),
    values: Float32Array.of(0, 1),
  });
  assertEquals([...metrics.result().frequency], [0, 1]);
});

Deno.test("a result is not changed by later batches", () => {
  const metrics = new ActivityMetrics(1);
  metrics.addActivations(Float32Array.of(1));
  const result = metrics.result();
  metrics.addActivations(Float32Array.of(0));
  assertEquals([...result.frequency], [1]);
});

Deno.test("activity refuses what does not fit its latents", () => {
  const metrics = new ActivityMetrics(3);
  assertThrows(() => metrics.result(), RangeError, "at least 1 row is needed but there are 0");
  assertThrows(
    () => metrics.addActivations(new Float32Array(7)),
    RangeError,
    "Cannot measure activity: 2 rows of 3 latents need 6 activations but there are 7",
  );
  assertThrows(
    () => metrics.addCodes(codesFromDense(1, 4, new Float32Array(4))),
    RangeError,
    "Cannot measure activity: latentCount is 3 but the codes have 4",
  );
  assertThrows(() => new ActivityMetrics(0), RangeError, "an integer of at least 1 but is 0");
});
