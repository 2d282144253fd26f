/** Where published trainers fail, give NaN, or go on with a wrong number: at the edges of their recipes. */
import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import {
  checkTrainerOptions,
  createBackend,
  presetOptions,
  Random,
  type SaeParameters,
  Trainer,
  type TrainerOptions,
} from "../../mod.ts";
import { geometricMedian } from "../../src/training/first_batch.ts";

const SIZES = { inputSize: 6, latentCount: 24, steps: 20, rows: 16, targetL0: 3 };

/** Parameters with which each input of norm below 100 leaves every latent silent. */
function silent(): SaeParameters {
  const { inputSize: d, latentCount: N } = SIZES;
  const random = Random.fromSeed(2);
  const matrix = () => Float32Array.from({ length: N * d }, () => random.normal());
  return {
    inputSize: d,
    latentCount: N,
    encoder: matrix(),
    encoderBias: new Float32Array(N).fill(-1e4),
    decoder: matrix(),
    decoderBias: new Float32Array(d),
  };
}

/** A run of a preset in which latents die at once; changed options replace its own. */
function optionsOf(preset: string, changed: Partial<TrainerOptions> = {}): TrainerOptions {
  const { deadAfterRows: _, ...options } = presetOptions(preset, SIZES);
  return { ...options, deadAfter: 1, ...changed };
}

async function train(options: TrainerOptions, batches: readonly Float32Array[]) {
  using backend = await createBackend("reference");
  using trainer = await Trainer.create(backend, options);
  const losses: number[] = [];
  for (const batch of batches) {
    await trainer.step(batch);
    const { loss, auxiliaryLoss = 0 } = await trainer.metrics();
    losses.push(loss, auxiliaryLoss);
  }
  return {
    losses,
    metrics: await trainer.metrics(),
    threshold: await trainer.inferenceThreshold(),
    tensors: (await trainer.state()).tensors,
  };
}

function randomBatches(count: number, rows = SIZES.rows): Float32Array[] {
  const random = Random.fromSeed(3);
  const { inputSize } = SIZES;
  return Array.from(
    { length: count },
    () => Float32Array.from({ length: rows * inputSize }, () => random.normal()),
  );
}

function assertFinite(values: Iterable<number>, what: string): void {
  for (const value of values) assert(Number.isFinite(value), `${what} has ${value}`);
}

for (const preset of ["dictionaryBatchTopK", "dictionaryTopK"]) {
  Deno.test(`${preset}: a batch without active latents leaves the running threshold alone`, async () => {
    // One library stops with a TypeError here; the other has an infinite threshold ever after.
    const { losses, threshold, tensors } = await train(
      optionsOf(preset, { initial: silent(), inferenceThreshold: {} }),
      randomBatches(2),
    );
    assertFinite(losses, "the loss");
    assertEquals(threshold, undefined);
    assertEquals(Array.from(tensors.runningThreshold), [0, 0]);
  });
}

Deno.test("a selected zero neither keeps a latent alive nor has a gradient", async () => {
  const initial = silent();
  const { metrics, tensors } = await train(
    optionsOf("dictionaryTopK", { initial, auxiliary: undefined, unitDecoder: "never" }),
    randomBatches(2),
  );
  assertEquals(metrics.deadLatents, SIZES.latentCount);
  assertEquals(metrics.l0, 0);
  assertEquals(Float32Array.from(tensors.encoder), initial.encoder);
});

Deno.test("while k falls, L0 is the k of the step, from the first step on", async () => {
  const options = optionsOf("dictionaryTopK", { annealedK: { from: 6, steps: 3 } });
  using backend = await createBackend("reference");
  using trainer = await Trainer.create(backend, {
    ...options,
    initial: { ...silent(), encoderBias: new Float32Array(SIZES.latentCount).fill(100) },
  });
  const found: number[] = [];
  for (const batch of randomBatches(4)) {
    await trainer.step(batch);
    found.push((await trainer.metrics()).l0);
  }
  assertEquals(found, [6, 5, 4, 3]);
});

Deno.test("AuxK with weight 0 trains as without it", async () => {
  const batches = randomBatches(4);
  const zero = await train(optionsOf("dictionaryTopK", { auxiliary: { weight: 0 } }), batches);
  const without = await train(optionsOf("dictionaryTopK", { auxiliary: undefined }), batches);
  assertEquals(zero.tensors.encoder, without.tensors.encoder);
  assertEquals(zero.losses.filter((_, n) => n % 2 === 1), [0, 0, 0, 0]);
});

Deno.test("residuals without variance have an auxiliary loss of ordinary size", async () => {
  // One row, or rows that are equal: published code turns x/0 into 3.4e38.
  const [one] = randomBatches(1, 1);
  const equal = Float32Array.from({ length: 4 * one.length }, (_, n) => one[n % one.length]);
  for (const batch of [one, equal]) {
    for (const preset of ["dictionaryTopK", "sparsifyTopK", "openaiTopK"]) {
      const { losses, tensors } = await train(
        optionsOf(preset, { auxiliary: { normalizer: "residual" } }),
        [batch, batch, batch],
      );
      assertFinite(losses, `the loss of ${preset}`);
      assertLess(Math.max(...losses), 1e6);
      assertFinite(tensors.decoder, `the decoder of ${preset}`);
    }
  }
});

Deno.test("the geometric median passes through a row that is the current guess", () => {
  // The mean of the five rows, from which the search starts, is the row in the middle, and their median.
  const rows = [-2, 0, -1, 0, 0, 0, 1, 0, 2, 0];
  assertEquals(Array.from(geometricMedian(rows, 2)), [0, 0]);
  // The fourth row is the mean, but the median of four points of which one is inside the others' triangle is that one.
  const triangle = [3, 0, -3, 0, 0, 3, 0, 1];
  const [x, y] = geometricMedian(triangle, 2);
  assertAlmostEquals(x, 0, 1e-3);
  assertAlmostEquals(y, 1, 1e-3);
});

Deno.test("a run shorter than a library's warm-up is no error", () => {
  checkTrainerOptions(presetOptions("dictionaryJumpReLU", { ...SIZES, steps: 10 }));
  checkTrainerOptions(presetOptions("dictionaryJumpReLU", { ...SIZES, steps: 2000 }));
});

Deno.test("multi-topk of more latents than there are takes them all", async () => {
  const { losses } = await train(
    optionsOf("sparsifyTopK", { activation: { kind: "topk", k: 7 }, multiTopk: 1 / 8 }),
    randomBatches(2),
  );
  assertFinite(losses, "the loss");
});

Deno.test("the loss is a mean over prefixes, however many there are", async () => {
  // dictionary_learning divides by their number twice, SAELens not at all. With silent latents all prefixes err alike.
  const options = optionsOf("dictionaryMatryoshkaBatchTopK", { initial: silent() });
  const { auxiliary: _, prefixWeights: __, ...rest } = options;
  const [batch] = randomBatches(1);
  const few = await train({ ...rest, prefixes: [1, 24] }, [batch]);
  const many = await train({ ...rest, prefixes: [1, 2, 3, 24] }, [batch]);
  assertAlmostEquals(few.losses[0], many.losses[0], 1e-12 * few.losses[0]);
});

Deno.test("measuring prefixes between steps moves no threshold", async () => {
  using backend = await createBackend("reference");
  using trainer = await Trainer.create(backend, optionsOf("matryoshkaSae"));
  const [first, second] = randomBatches(2);
  await trainer.step(first);
  const before = await trainer.state();
  await trainer.evaluatePrefixes(second, [6, 24]);
  assertEquals((await trainer.state()).tensors, before.tensors);
});
