import { assert, assertEquals, assertRejects } from "@std/assert";
import { createBackend, Trainer } from "../../mod.ts";
import { backends } from "../backends.ts";
import { relativeError } from "../golden/golden.ts";
import { plainLoss, randomProblem } from "../problems.ts";
import { ladderBatch, ladderOptions, normalBatches } from "./runs.ts";

const d = 4;
const N = 12;

/** Sum of the squared distances of the rows from their mean. */
function spread(batch: Float32Array): number {
  const B = batch.length / d;
  let sum = 0;
  for (let k = 0; k < d; k++) {
    const column = Array.from({ length: B }, (_, b) => batch[b * d + k]);
    const mean = column.reduce((a, b) => a + b) / B;
    sum += column.reduce((a, b) => a + (b - mean) ** 2, 0);
  }
  return sum;
}

for (const { name, create, lossTolerance } of backends) {
  for (const squaredError of ["mean", "sum"] as const) {
    Deno.test(`Trainer.metrics() gives each prefix's share of unexplained variance: ${squaredError} (${name})`, async () => {
      using backend = await create();
      using trainer = await Trainer.create(backend, {
        inputSize: d,
        latentCount: N,
        steps: 10,
        prefixes: [2, 7, N],
        squaredError,
        initial: randomProblem(1, d, N, 4).parameters,
      });
      for (const normal of normalBatches([6, 9, 5, 8], d, 6)) {
        const batch = normal.map((x, i) => 2 * x + i % d);
        const parameters = await trainer.parameters();
        await trainer.step(batch);
        const { perPrefix } = await trainer.metrics();
        const scale = await trainer.inputScale();
        const scaled = batch.map((x) => scale * x);
        const prefixes = [2, 7, N];
        const expected = plainLoss({ parameters, batch: scaled }, { prefixes, squaredError });
        perPrefix.forEach((p, j) => {
          const fvu = expected.squares[j] / spread(scaled);
          assert(relativeError([p.fvu], [fvu]) < 4 * lossTolerance, `${p.fvu} is not ${fvu}`);
          const { squaredError: error } = expected.perPrefix[j];
          assert(relativeError([p.squaredError], [error]) < 4 * lossTolerance);
        });
      }
    });
  }

  Deno.test(`Trainer.metrics() counts latents that were silent for deadAfter steps (${name})`, async () => {
    using backend = await create();
    const prefixes = [5, 12, 20];
    using trainer = await Trainer.create(backend, ladderOptions({ deadAfter: 3, prefixes }));
    const counts: number[][] = [];
    for (const active of [10, 3, 3, 3, 8, 3, 3, 3]) {
      await trainer.step(ladderBatch(active));
      const metrics = await trainer.metrics();
      counts.push(metrics.perPrefix.map((p) => p.deadLatents));
      assertEquals(metrics.deadLatents, counts.at(-1)![2]);
      assertEquals(metrics.perPrefix.map((p) => p.l0), prefixes.map((p) => Math.min(p, active)));
    }
    assertEquals(counts, [
      [0, 0, 0],
      [0, 0, 0],
      [0, 2, 10], // 10 … 19 for three steps
      [2, 9, 17], // 3 … 9 as well
      [0, 4, 12], // 3 … 7 are back
      [0, 4, 12],
      [0, 4, 12],
      [2, 9, 17],
    ]);
  });
}

Deno.test("Trainer.metrics() is of the last step, however many were taken since the last reading", async () => {
  using backend = await createBackend("reference");
  using trainer = await Trainer.create(backend, ladderOptions());
  let taken = 0;
  for (const count of [1, 1, 30, 1, 31, 32, 33, 64, 5]) {
    for (let s = 0; s < count; s++) await trainer.step(ladderBatch(1 + taken++ % 19));
    const { step, l0 } = await trainer.metrics();
    assertEquals([step, l0], [taken, 1 + (taken - 1) % 19]);
    assertEquals(await trainer.metrics(), await trainer.metrics());
  }
});

Deno.test("Trainer.metrics() is of the last step when the number of prefixes changes", async () => {
  using backend = await createBackend("reference");
  using trainer = await Trainer.create(backend, ladderOptions());
  let active = 0;
  for (const prefixes of [[20], [4, 20], [20], [1, 2, 9, 20], [4, 20], [1, 2, 3, 4, 5, 20]]) {
    active++;
    await trainer.step(ladderBatch(active), { prefixes });
    const { perPrefix } = await trainer.metrics();
    assertEquals(perPrefix.map((p) => p.prefix), prefixes);
    assertEquals(perPrefix.map((p) => p.l0), prefixes.map((p) => Math.min(p, active)));
  }
});

Deno.test("Trainer.metrics() may be read while the next step is taken", async () => {
  using backend = await createBackend("reference");
  using trainer = await Trainer.create(backend, ladderOptions());
  await trainer.step(ladderBatch(4));
  const pending = [trainer.metrics(), trainer.metrics()];
  await trainer.step(ladderBatch(7));
  for (const { step, l0 } of await Promise.all(pending)) {
    assertEquals(l0, step === 1 ? 4 : 7);
  }
  const { step, l0 } = await trainer.metrics();
  assertEquals([step, l0], [2, 7]);
});

Deno.test("Trainer.metrics() before the first step is an error", async () => {
  using backend = await createBackend("reference");
  using trainer = await Trainer.create(backend, ladderOptions());
  await assertRejects(() => trainer.metrics(), RangeError, "no step has been taken");
});

Deno.test("Trainer.metrics() gives no finite share of the variance of one row, or of equal rows", async () => {
  using backend = await createBackend("reference");
  using trainer = await Trainer.create(backend, ladderOptions());
  const row = [3.5, 1];
  for (const batch of [row, [...row, ...row]]) {
    await trainer.step(Float32Array.from(batch));
    const { loss, perPrefix } = await trainer.metrics();
    assert(Number.isFinite(loss));
    assertEquals(perPrefix.map((p) => p.fvu), [Infinity, Infinity]);
  }
});
