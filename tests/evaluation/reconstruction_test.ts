import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  ReconstructionMetrics,
  squaredErrorSum,
} from "../../src/evaluation/metrics/reconstruction.ts";
import { Random } from "../../src/base/random.ts";

const B = 60;
const d = 5;
const random = Random.fromSeed(21);
const inputs = Float32Array.from({ length: B * d }, (_, i) => (i % d) + random.normal());
const worse = inputs.map((value) => value + 0.5 * random.normal());
const better = inputs.map((value) => value + 0.1 * random.normal());

/** Σ‖x − mean‖² in two passes: the definition. */
function deviations(values: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < d; k++) {
    const column = Array.from({ length: values.length / d }, (_, b) => values[b * d + k]);
    const mean = column.reduce((a, b) => a + b) / column.length;
    sum += column.reduce((a, b) => a + (b - mean) ** 2, 0);
  }
  return sum;
}

Deno.test("FVU and explained variance are those of the definition, whatever the batches", () => {
  const total = deviations(inputs);
  for (const rows of [1, 7, B]) {
    const metrics = new ReconstructionMetrics(d, 2);
    for (let start = 0; start < B * d; start += rows * d) {
      const part = (values: Float32Array) => values.subarray(start, start + rows * d);
      const errors = [worse, better].map((x) => squaredErrorSum(part(inputs), part(x)));
      metrics.add(part(inputs), errors);
    }
    const result = metrics.result();
    assertEquals(result.rows, B);
    // Float64 sums of 300 terms: 300·2⁻⁵³ is 3e-14 relative.
    assertAlmostEquals(result.totalVariance, total / B, total / B * 1e-13);
    [worse, better].forEach((x, j) => {
      const fvu = squaredErrorSum(inputs, x) / total;
      assertAlmostEquals(result.perPrefix[j].fvu, fvu, fvu * 1e-13);
      assertEquals(result.perPrefix[j].explainedVariance, 1 - result.perPrefix[j].fvu);
    });
    assert(result.perPrefix[1].fvu < result.perPrefix[0].fvu);
  }
});

Deno.test("reconstructing the mean gives FVU 1, reconstructing the inputs 0", () => {
  const batch = Float32Array.of(1, 10, 3, 30);
  const metrics = new ReconstructionMetrics(2, 2);
  const mean = Float32Array.of(2, 20, 2, 20);
  metrics.add(batch, [squaredErrorSum(batch, mean), squaredErrorSum(batch, batch)]);
  assertEquals(metrics.result().perPrefix.map(({ fvu }) => fvu), [1, 0]);
});

Deno.test("the total variance does not cancel when the mean is large", () => {
  // 2²³ ± 1: a difference of sums of squares near 7e13 · 1e5 rows would lose every digit of the variance 1.
  const metrics = new ReconstructionMetrics(1, 1);
  const batch = Float32Array.from({ length: 1000 }, (_, i) => 2 ** 23 + (i % 2 === 0 ? 1 : -1));
  for (let i = 0; i < 100; i++) metrics.add(batch, [0]);
  assertAlmostEquals(metrics.result().totalVariance, 1, 1e-6);
});

Deno.test("errors name the wrong value, and a refused batch adds nothing", () => {
  const metrics = new ReconstructionMetrics(2, 2);
  metrics.add(Float32Array.of(1, 2, 3, 4), [1, 0]);
  const before = metrics.result();
  const cases: [number[], number[], string][] = [
    [[1, 2, 3], [0, 0], "3 inputs are not rows of inputSize 2"],
    [[1, 2], [0], "2 prefixes need 2 squared errors but there are 1"],
    [[1, 2, 3, NaN], [0, 0], "row 1 holds NaN"],
    [
      [1, 2],
      [0, Infinity],
      "the squared error of prefix 1 must be at least 0 and finite but is Infinity",
    ],
  ];
  for (const [batch, errors, message] of cases) {
    assertThrows(
      () => metrics.add(Float32Array.from(batch), errors),
      RangeError,
      `Cannot measure reconstruction: ${message}`,
    );
    assertEquals(metrics.result(), before);
  }
  assertThrows(() => new ReconstructionMetrics(0, 1), RangeError, "inputSize must be an integer");
  assertThrows(
    () => new ReconstructionMetrics(1, 1.5),
    RangeError,
    "prefixCount must be an integer",
  );
  assertThrows(
    () => squaredErrorSum(new Float32Array(4), new Float32Array(3)),
    RangeError,
    "Cannot sum squared errors: the batch has 4 values but the reconstruction 3",
  );
});

Deno.test("equal rows have no FVU", () => {
  const metrics = new ReconstructionMetrics(2, 1);
  assertThrows(() => metrics.result(), RangeError, "variance of 0 rows must be positive but is 0");
  metrics.add(Float32Array.of(1, 2, 1, 2), [3]);
  assertThrows(() => metrics.result(), RangeError, "variance of 2 rows must be positive but is 0");
});
