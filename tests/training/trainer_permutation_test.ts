import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { createBackend, type SaeParameters, Trainer, type TrainerOptions } from "../../mod.ts";
import { everyActivation, plainActivations, preActivations, randomProblem } from "../problems.ts";
import { ladderBatch, ladderOptions, lossDifference, normalBatches, train } from "./runs.ts";

const d = 4;
const N = 12;
const STEPS = 40;
const OPTIONS: TrainerOptions = {
  inputSize: d,
  latentCount: N,
  steps: STEPS,
  learningRate: 0.02,
  prefixes: [N],
};

/** Latents as sorted lines of their parameters: what is the same under every order of latents. */
function unordered({ encoder, encoderBias, decoder }: SaeParameters): number[][] {
  return Array.from(encoderBias, (bias, i) => [
    ...encoder.subarray(i * d, (i + 1) * d),
    bias,
    ...decoder.subarray(i * d, (i + 1) * d),
  ]).sort((a, b) => a[0] - b[0]);
}

for (const activation of everyActivation(N, 3)) {
  for (const algorithm of ["dense", "sparse"] as const) {
    Deno.test(`Trainer's permutation moves all that belongs to a latent: ${activation.kind}, ${algorithm}`, async () => {
      using backend = await createBackend("reference");
      const batches = normalBatches(Array(STEPS).fill(7), d, 2);
      const initial = randomProblem(1, d, N, 4).parameters;
      const penalty = { kind: "log", coefficient: 0.1 } as const;
      const options = { ...OPTIONS, activation, algorithm, initial, penalty, targetL0: 4 };
      const still = await train(backend, options, batches);
      const moved = await train(backend, { ...options, permuteEvery: 3 }, batches);
      // Without prefixes that depend on it, the order of latents only changes that of the sums.
      const difference = lossDifference(moved.metrics, still.metrics);
      assert(difference < 1e-10, `losses differ by ${difference}`);
      assertNotEquals(moved.parameters.encoderBias, still.parameters.encoderBias);
      const expected = unordered(still.parameters).flat();
      const worst = unordered(moved.parameters).flat()
        .map((value, i) => Math.abs(value - expected[i]));
      assert(Math.max(...worst) < 1e-6, `parameters differ by ${Math.max(...worst)}`);
    });
  }
}

Deno.test("Trainer's permutation puts the latents with the largest running mean square first", async () => {
  using backend = await createBackend("reference");
  const initial = randomProblem(1, d, N, 6).parameters;
  using trainer = await Trainer.create(backend, {
    ...OPTIONS,
    initial,
    learningRate: 0,
    inputScaling: "none",
    permuteEvery: 5,
  });
  // Single large rows outweigh the others, and the second batches must not forget the first.
  const batches = normalBatches([9, 1, 9, 8, 1, 9, 1, 7, 1, 9], d, 7)
    .map((batch) => batch.length === d ? batch.map((x) => 3 * x) : batch);
  const running = new Float64Array(N);
  const orders: number[][] = [];
  for (const [s, batch] of batches.entries()) {
    const f = plainActivations(preActivations({ parameters: initial, batch }, {}));
    running.forEach((value, i) => {
      const square = f.reduce((sum, row) => sum + row[i] ** 2, 0) / f.length;
      running[i] = 0.99 * value + 0.01 * square;
    });
    await trainer.step(batch);
    if (s !== 4 && s !== 9) continue;
    orders.push([...running.keys()].sort((i, j) => running[j] - running[i]));
    const { encoder, encoderBias, decoder } = await trainer.parameters();
    orders.at(-1)!.forEach((i, place) => {
      const row = (values: Float32Array, n: number) => values.slice(n * d, (n + 1) * d);
      assertEquals(encoderBias[place], initial.encoderBias[i], `step ${s}, place ${place}`);
      assertEquals(row(encoder, place), row(initial.encoder, i));
      assertEquals(row(decoder, place), row(initial.decoder, i));
    });
  }
  assertNotEquals(orders[0], orders[1]);
});

Deno.test("Trainer's permutation moves the count of silent steps, and leaves ties in their order", async () => {
  using backend = await createBackend("reference");
  const options = ladderOptions({ deadAfter: 6, permuteEvery: 2, prefixes: [5, 20] });
  using trainer = await Trainer.create(backend, options);
  // Latents 0 … 9 are active, then 0 and 1 only; the ladder is in falling order from the start.
  const biases = (await trainer.parameters()).encoderBias;
  for (const active of [10, 10, 10, 2, 2, 2]) await trainer.step(ladderBatch(active));
  assertEquals((await trainer.parameters()).encoderBias, biases);
  const { perPrefix } = await trainer.metrics();
  assertEquals(perPrefix.map((p) => p.deadLatents), [0, 10]);
});

Deno.test("Trainer's permutation carries dead latents to the end with their silent steps", async () => {
  using backend = await createBackend("reference");
  const initial = ladderOptions().initial!;
  // The ladder upside down: latents 19, 18, … are active first.
  const reversed = { ...initial, encoderBias: initial.encoderBias.toReversed() };
  const options = ladderOptions({ deadAfter: 6, permuteEvery: 4, initial: reversed });
  using trainer = await Trainer.create(backend, options);
  for (let s = 0; s < 6; s++) await trainer.step(ladderBatch(4));
  const { perPrefix, deadLatents } = await trainer.metrics();
  assertEquals(deadLatents, 16);
  assertEquals(perPrefix.map((p) => p.deadLatents), [1, 16]);
  const { encoderBias } = await trainer.parameters();
  assertEquals([...encoderBias.slice(0, 4)], [0, -1, -2, -3]);
});
