/** k + m steps are, bit for bit, k steps, a state, and m steps of another trainer. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type Backend,
  createBackend,
  encodeCheckpoint,
  readCheckpoint,
  type SaeParameters,
  sourceFromBytes,
  type StepMetrics,
  Trainer,
  type TrainerOptions,
  type TrainerState,
} from "../../mod.ts";
import { backends } from "../backends.ts";
import { everyActivation, randomProblem } from "../problems.ts";
import { ladderBatch, ladderOptions, normalBatches, withoutScreening } from "./runs.ts";
import { WatchedBackend } from "./watched_backend.ts";

const d = 4;
const N = 12;
const STEPS = 70;
/** Batch sizes that vary, of which one program is dropped and recorded again. */
const BATCHES = normalBatches(
  Array.from({ length: STEPS }, (_, s) => s === 20 || s === 50 ? 11 : [7, 3, 1][s % 3]),
  d,
  3,
);

interface Outcome {
  readonly metrics: StepMetrics[];
  readonly parameters: SaeParameters;
  readonly inputScale: number;
  readonly threshold?: Float32Array;
  readonly state: TrainerState;
}

/** Trains from the trainer's step to the last batch. */
async function finish(trainer: Trainer, batches = BATCHES): Promise<Outcome> {
  const metrics: StepMetrics[] = [];
  for (const batch of batches.slice(trainer.stepCount)) {
    await trainer.step(batch);
    // Not after every step: a reading takes 12 ms on WebGPU.
    if (trainer.stepCount % 7 === 0) metrics.push(await trainer.metrics());
  }
  return {
    metrics,
    parameters: await trainer.parameters(),
    inputScale: await trainer.inputScale(),
    threshold: await trainer.threshold(),
    state: await trainer.state(),
  };
}

/** A state that went through a file. */
async function throughBytes(state: TrainerState): Promise<TrainerState> {
  const bytes = encodeCheckpoint({ trainer: state, createdBy: "a test" });
  return (await readCheckpoint(sourceFromBytes(bytes))).trainer;
}

/** Where to break: early, around the ring's end at 32, at a permutation, and twice in one run. */
const BREAKS = [[0], [1], [31], [32], [33], [45], [10, 40]];

async function broken(
  backend: Backend,
  options: TrainerOptions,
  breaks: readonly number[],
  batches = BATCHES,
): Promise<Outcome> {
  let trainer = await Trainer.create(backend, options);
  try {
    for (const step of breaks) {
      while (trainer.stepCount < step) await trainer.step(batches[trainer.stepCount]);
      const state = await throughBytes(await trainer.state());
      trainer[Symbol.dispose]();
      trainer = await Trainer.resume(backend, { ...options, initial: undefined }, state);
      assertEquals(trainer.stepCount, step);
    }
    return await finish(trainer, batches);
  } finally {
    trainer[Symbol.dispose]();
  }
}

for (const { name, create } of backends) {
  for (const algorithm of ["dense", "sparse", "auto"] as const) {
    for (const activation of everyActivation(N, 3)) {
      Deno.test(`Trainer.resume() is exact: ${activation.kind}, ${algorithm} (${name})`, async () => {
        using backend = await create();
        const selective = ["topk", "batchtopk"].includes(activation.kind);
        const options: TrainerOptions = {
          inputSize: d,
          latentCount: N,
          steps: STEPS,
          prefixCount: 4,
          activation,
          algorithm,
          initial: randomProblem(1, d, N, 12).parameters,
          penalty: { kind: "log", coefficient: 0.3 },
          targetL0: selective ? undefined : 3,
          sparsityRate: 0.02,
          learningRate: 0.02,
          permuteEvery: 9,
          deadAfter: 4,
          subtractDecoderBias: true,
          inputScaling: algorithm === "dense" ? "uncorrected" : "corrected",
        };
        using trainer = await Trainer.create(backend, options);
        const whole = await finish(trainer);
        // Recording takes long on a software adapter, and threads wait for each other.
        const few = name === "webgpu" ? [[33]] : [[33], [10, 40]];
        for (const breaks of /webgpu|threads/.test(name) ? few : BREAKS) {
          const { metrics, ...rest } = await broken(backend, options, breaks);
          const { metrics: all, ...expected } = whole;
          const ending = all.slice(-metrics.length);
          assertEquals(withoutScreening(metrics), withoutScreening(ending), `after ${breaks}`);
          assert(metrics.length > 2);
          assertEquals(rest, expected, `after ${breaks}`);
        }
        trainer[Symbol.dispose]();
        assertEquals(backend.allocatedBytes, 0);
      });
    }
  }
}

Deno.test("Trainer.resume() changes the algorithm at the same step, wherever the window was broken", async () => {
  // Of 20 latents. What makes the third window dense comes first in it: a resumed trainer must know of it.
  const actives = [...Array(32).fill(10), ...Array(32).fill(1), 7, ...Array(31).fill(3)];
  const batches = [...actives, 1, 1].map(ladderBatch);
  const options = ladderOptions({ learningRate: 1e-4, warmupSteps: 0, clipNorm: Infinity });
  const algorithms = async (breakAt?: number) => {
    using backend = new WatchedBackend(await createBackend("reference"));
    let trainer = await Trainer.create(backend, options);
    const algorithms: string[] = [], rooms: number[] = [];
    for (const [s, batch] of batches.entries()) {
      if (s === breakAt) {
        const state = await trainer.state();
        trainer[Symbol.dispose]();
        trainer = await Trainer.resume(backend, options, state);
      }
      await trainer.step(batch);
      algorithms.push(trainer.algorithm);
      rooms.push((await trainer.state()).algorithm.room);
    }
    trainer[Symbol.dispose]();
    return { algorithms, rooms };
  };
  const expected = await algorithms();
  assertEquals([31, 63, 95].map((s) => expected.algorithms[s]), ["dense", "sparse", "dense"]);
  for (const breakAt of [1, 33, 63, 64, 65, 80, 95, 96]) {
    assertEquals(await algorithms(breakAt), expected, `broken at ${breakAt}`);
  }
});

Deno.test("Trainer.state() changes nothing, however often it is taken", async () => {
  using backend = await createBackend("reference");
  const options = { inputSize: d, latentCount: N, steps: STEPS, permuteEvery: 5 };
  const run = async (often: boolean) => {
    using trainer = await Trainer.create(backend, options);
    for (const batch of BATCHES) {
      if (often) await trainer.state();
      await trainer.step(batch);
    }
    return await trainer.state();
  };
  assertEquals(await run(true), await run(false));
});

Deno.test("Trainer.metrics() right after resume() gives the metrics of the last step", async () => {
  using backend = await createBackend("reference");
  const options = { inputSize: d, latentCount: N, steps: STEPS };
  using trainer = await Trainer.create(backend, options);
  using fresh = await Trainer.resume(backend, options, await trainer.state());
  await assertRejects(() => fresh.metrics(), RangeError, "no step has been taken");
  await trainer.step(BATCHES[0]);
  using resumed = await Trainer.resume(backend, options, await trainer.state());
  assertEquals(await resumed.metrics(), await trainer.metrics());
  assertEquals(await resumed.inputScale(), await trainer.inputScale());
  assertEquals(await resumed.rawParameters(), await trainer.rawParameters());
});

Deno.test("Trainer.state() shares nothing with the trainer, and waits for no step half taken", async () => {
  using backend = await createBackend("reference");
  const options = { inputSize: d, latentCount: N, steps: STEPS };
  using trainer = await Trainer.create(backend, options);
  const step = trainer.step(BATCHES[0]);
  await assertRejects(() => trainer.state(), Error, "a step has not been awaited");
  await step;
  const taking = trainer.state();
  await assertRejects(() => trainer.step(BATCHES[1]), Error, "has not been awaited");
  const state = await taking;
  const copy = structuredClone(state);
  await trainer.step(BATCHES[1]);
  assertEquals(state, copy);
  trainer[Symbol.dispose]();
  await assertRejects(() => trainer.state(), Error, "the trainer is disposed");
});

Deno.test("Trainer.state() names a step or a number that is not finite", async () => {
  using backend = await createBackend("wasm");
  const options = {
    inputSize: d,
    latentCount: N,
    steps: STEPS,
    warmupSteps: 0,
    learningRate: 1e200,
  };
  using trainer = await Trainer.create(backend, options);
  await trainer.step(BATCHES[0]);
  await assertRejects(
    () => trainer.state(),
    RangeError,
    "Cannot give the training state: element ",
  );
  await trainer.step(BATCHES[1]);
  await assertRejects(
    () => trainer.state(),
    RangeError,
    "loss or gradient of step 2 is not finite",
  );
});
