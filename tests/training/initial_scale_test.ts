/** Trainers that go on from parameters that were trained on scaled inputs. */
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { createBackend, Trainer, type TrainerOptions } from "../../mod.ts";
import { normalBatches } from "./runs.ts";

const d = 4;
const N = 12;
const BATCHES = normalBatches([60, 60, 60], d, 7);
const OPTIONS: TrainerOptions = { inputSize: d, latentCount: N, steps: 10, learningRate: 0 };

for (const inputScaling of ["corrected", "uncorrected"] as const) {
  Deno.test(`initialInputScale is the scale before the first step, from which it moves slowly (${inputScaling})`, async () => {
    using backend = await createBackend("reference");
    const options = { ...OPTIONS, inputScaling, initialInputScale: 0.25 };
    using trainer = await Trainer.create(backend, options);
    assertEquals(await trainer.inputScale(), 0.25);
    // The running mean of the norms starts at √d / 0.25 = 8 and keeps 99 % of its value at each step.
    let mean = 8;
    for (const batch of BATCHES) {
      await trainer.step(batch);
      mean = 0.99 * mean + 0.01 * meanNorm(batch);
      assertAlmostEquals(await trainer.inputScale(), 2 / mean, 1e-6);
    }
  });
}

Deno.test("a trainer with initialInputScale resumes bit for bit", async () => {
  using backend = await createBackend("reference");
  const options = { ...OPTIONS, learningRate: 0.01, initialInputScale: 0.25 };
  using whole = await Trainer.create(backend, options);
  await whole.step(BATCHES[0]);
  using resumed = await Trainer.resume(backend, options, await whole.state());
  for (const batch of BATCHES.slice(1)) {
    await whole.step(batch);
    await resumed.step(batch);
  }
  assertEquals(await resumed.parameters(), await whole.parameters());
  assertEquals(await resumed.inputScale(), await whole.inputScale());
});

Deno.test("initialInputScale must be a positive number, and inputs must be scaled", async () => {
  using backend = await createBackend("reference");
  const cases: [Partial<TrainerOptions>, string][] = [
    [{ initialInputScale: 0 }, "initialInputScale must be from 1e-30 to 1e+30 but is 0"],
    [
      { initialInputScale: 2, inputScaling: "none" },
      'initialInputScale 2 needs inputScaling but it is "none"',
    ],
  ];
  for (const [change, message] of cases) {
    const error = await assertRejects(
      () => Trainer.create(backend, { ...OPTIONS, ...change }),
      RangeError,
    );
    assert(error.message.includes(message), error.message);
  }
});

function meanNorm(batch: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < batch.length; at += d) sum += Math.hypot(...batch.subarray(at, at + d));
  return sum / (batch.length / d);
}
