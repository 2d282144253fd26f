/** Prefixes that are measured between steps: what a step measures, without a trace in the training. */
import { assertEquals, assertRejects } from "@std/assert";
import {
  type Activation,
  type Batch,
  createBackend,
  encodeFloats,
  type PrefixReading,
  runRanks,
  type StepMetrics,
  Trainer,
  type TrainerOptions,
} from "../../mod.ts";
import { backends } from "../backends.ts";
import { ladderBatch, ladderOptions, normalBatches } from "./runs.ts";

const d = 5;
const N = 14;
const PREFIXES = [1, 4, 9, 14];

const ACTIVATIONS: Activation[] = [
  { kind: "relu" },
  { kind: "identity" },
  { kind: "jumprelu", threshold: Float32Array.from({ length: N }, (_, i) => 0.02 * (i % 7)) },
  { kind: "topk", k: 3 },
  { kind: "batchtopk", k: 3 },
];

const RECIPES: Partial<TrainerOptions>[] = [
  { activation: { kind: "batchtopk", k: 2.5 }, scaleByDecoderNorm: true, auxiliary: {} },
  { activation: { kind: "topk", k: 3 }, annealedK: { from: 9, steps: 2 }, deadAfterRows: 9 },
  {
    activation: { kind: "jumprelu", threshold: 0.05 },
    thresholdTraining: { bandwidth: 0.2 },
    penalty: { kind: "tanh", coefficient: 1 },
  },
  {
    activation: { kind: "jumprelu", threshold: -0.05 },
    thresholdTraining: { logarithm: false },
    compatibility: { negativeActivations: true },
    algorithm: "dense",
  },
  { unitDecoder: "beforeForward", inputNormalization: { kind: "layerNorm", epsilon: 1e-5 } },
];

const OTHERS: Partial<TrainerOptions>[] = [
  { algorithm: "dense", inputScaling: "none" },
  { algorithm: "sparse", subtractDecoderBias: true, inputScaling: "corrected" },
  { inputScaling: "uncorrected", prefixCount: 3 },
];

const readingsOf = ({ perPrefix }: StepMetrics): PrefixReading[] =>
  perPrefix.map(({ prefix, fvu, l0 }) => ({ prefix, fvu, l0 }));

const float16 = (batch: Float32Array): Batch => new Uint16Array(encodeFloats(batch, "F16").buffer);

for (const { name, screens, create } of backends) {
  Deno.test(`${name}: a reading is, bit for bit, what a step on this batch measures`, async () => {
    using backend = await create();
    for (const [a, activation] of ACTIVATIONS.entries()) {
      const others = OTHERS[a % OTHERS.length];
      const options = { inputSize: d, latentCount: N, steps: 9, activation, ...others };
      // Without learning the parameters are those of the step.
      using trainer = await Trainer.create(backend, { ...options, learningRate: 0 });
      for (const [s, values] of normalBatches([9, 7, 9], d, 3).entries()) {
        const batch = s === 1 ? float16(values) : values;
        await trainer.step(batch, { prefixes: PREFIXES });
        const reading = await trainer.evaluatePrefixes(batch, PREFIXES);
        assertEquals(reading, readingsOf(await trainer.metrics()), `${activation.kind}, step ${s}`);
      }
    }
  });

  Deno.test(`${name}: recipes are read as they train`, async () => {
    using backend = await create();
    for (const recipe of RECIPES) {
      const options = { inputSize: d, latentCount: N, steps: 9, learningRate: 0, ...recipe };
      using trainer = await Trainer.create(backend, options);
      for (const batch of normalBatches([9, 8, 9], d, 4)) {
        await trainer.step(batch, { prefixes: PREFIXES });
        const before = await trainer.state();
        const reading = await trainer.evaluatePrefixes(batch, PREFIXES);
        assertEquals(reading, readingsOf(await trainer.metrics()), JSON.stringify(recipe));
        assertEquals(await trainer.state(), before);
      }
    }
  });

  Deno.test(`${name}: readings leave no trace in the training`, async () => {
    using backend = await create();
    const batches = normalBatches([...Array(40).fill(8), 5, 8], d, 7);
    const variants: Partial<TrainerOptions>[] = [
      { permuteEvery: 5 },
      { activation: ACTIVATIONS[4] },
      ...screens ? [{ activation: ACTIVATIONS[3], screening: "on" } as const] : [],
    ];
    for (const more of variants) {
      const options = { inputSize: d, latentCount: N, steps: 42, prefixCount: 4, ...more };
      const finish = async (reads: boolean) => {
        using trainer = await Trainer.create(backend, options);
        if (reads) await trainer.evaluatePrefixes(batches[0], PREFIXES);
        for (const [s, batch] of batches.entries()) {
          await trainer.step(batch);
          if (!reads || s % 3 === 0) continue;
          await trainer.evaluatePrefixes(batch.subarray(s % 2 * d), PREFIXES.slice(s % 4));
        }
        return { metrics: await trainer.metrics(), state: await trainer.state() };
      };
      assertEquals(await finish(true), await finish(false));
    }
  });
}

Deno.test("more active latents than the step has room for are measured all the same", async () => {
  using backend = await createBackend("reference");
  using trainer = await Trainer.create(backend, ladderOptions());
  using dense = await Trainer.create(backend, ladderOptions({ algorithm: "dense" }));
  for (let s = 0; s < 33; s++) await trainer.step(ladderBatch(1));
  assertEquals(trainer.algorithm, "sparse");
  const [first, all] = await trainer.evaluatePrefixes(ladderBatch(20), [5, 20]);
  assertEquals([first.l0, all.l0], [5, 20]);
  assertEquals([first, all], await dense.evaluatePrefixes(ladderBatch(20), [5, 20]));
});

Deno.test("the candidates of a screened step are not those of a reading", async () => {
  using backend = await createBackend("reference");
  const options = { inputSize: d, latentCount: N, steps: 9, algorithm: "sparse" } as const;
  const [batch, other] = normalBatches([16, 9], d, 1);
  const candidates = [];
  for (const reads of [false, true]) {
    using trainer = await Trainer.create(backend, { ...options, screening: "on" });
    await trainer.step(batch);
    if (reads) await trainer.evaluatePrefixes(other, PREFIXES);
    candidates.push((await trainer.metrics()).screening!.candidates);
  }
  assertEquals(candidates[1], candidates[0]);
});

Deno.test("a resumed trainer reads what the first one would have", async () => {
  using backend = await createBackend("reference");
  const options = { inputSize: d, latentCount: N, steps: 9 };
  using trainer = await Trainer.create(backend, options);
  const [batch, other] = normalBatches([8, 8], d, 1);
  await trainer.step(batch);
  using resumed = await Trainer.resume(backend, options, await trainer.state());
  const expected = await trainer.evaluatePrefixes(other, PREFIXES);
  assertEquals(await resumed.evaluatePrefixes(other, PREFIXES), expected);
});

Deno.test("readings do not depend on how the loss weighs features", async () => {
  using backend = await createBackend("reference");
  const [batch] = normalBatches([8], d, 1);
  const readings = [];
  for (const squaredError of ["sum", "mean", "variance"] as const) {
    const options = { inputSize: d, latentCount: N, steps: 9, squaredError };
    using trainer = await Trainer.create(backend, options);
    readings.push(await trainer.evaluatePrefixes(batch, PREFIXES));
  }
  assertEquals(readings.slice(1), [readings[0], readings[0]]);
});

Deno.test("a batch that does not vary has no FVU", async () => {
  using backend = await createBackend("reference");
  using trainer = await Trainer.create(backend, { inputSize: d, latentCount: N, steps: 9 });
  const [{ fvu }] = await trainer.evaluatePrefixes(normalBatches([1], d, 1)[0], [N]);
  assertEquals(fvu, Infinity);
});

Deno.test("batches and prefixes that a step refuses are refused, as is a reading at the wrong time", async () => {
  using backend = await createBackend("reference");
  const options = { inputSize: d, latentCount: N, steps: 9 };
  const trainer = await Trainer.create(backend, options);
  const [batch] = normalBatches([8], d, 1);
  const refused: [Batch, number[], string][] = [
    [batch.subarray(1), PREFIXES, "Cannot evaluate prefixes: "],
    [batch.map((x, i) => i === d ? NaN : x), PREFIXES, "row 1"],
    [batch, [4, 13], "prefixes must end at latentCount 14 but end at 13"],
    [batch, [4, 4, 14], "prefixes must be strictly increasing but 4 is followed by 4"],
  ];
  for (const [rows, prefixes, message] of refused) {
    await assertRejects(() => trainer.evaluatePrefixes(rows, prefixes), RangeError, message);
  }
  const step = trainer.step(batch);
  await assertRejects(
    () => trainer.evaluatePrefixes(batch, PREFIXES),
    Error,
    "Cannot evaluate prefixes: a step has not been awaited",
  );
  await step;
  trainer[Symbol.dispose]();
  await assertRejects(
    () => trainer.evaluatePrefixes(batch, PREFIXES),
    Error,
    "Cannot evaluate prefixes: the trainer is disposed",
  );
});

Deno.test("over ranks, the error names what measures there", async () => {
  await runRanks(2, async (communicator) => {
    using backend = await createBackend("reference");
    const options = { inputSize: d, latentCount: N, steps: 9, communicator };
    using trainer = await Trainer.create(backend, options);
    await assertRejects(
      () => trainer.evaluatePrefixes(normalBatches([8], d, 1)[0], PREFIXES),
      Error,
      "this trainer is one of 2 ranks; evaluateShare measures there",
    );
  });
});
