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
import { ladderBatch, ladderOptions, normalBatches } from "./runs.ts";
import { WatchedBackend } from "./watched_backend.ts";

const d = 4, N = 12, STEPS = 70;
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
          assertEquals(metrics, all.slice(-metrics.length), `after ${breaks}`);
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
  const state = await taking, copy = structuredClone(state);
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

Deno.test("Trainer.resume() names the options that differ, and takes others that come to the same", async () => {
  using backend = await createBackend("reference");
  const options: TrainerOptions = {
    inputSize: d,
    latentCount: N,
    steps: 50,
    prefixFractions: [0.5, 1],
  };
  using trainer = await Trainer.create(backend, options);
  const state = await trainer.state();
  const changes: [Partial<TrainerOptions>, string][] = [
    [{ learningRate: 0.01 }, "learningRate is 0.01 but 0.003 in the state"],
    [{ latentCount: 14 }, "latentCount is 14 but 12 in the state"],
    [{ targetL0: 2 }, "targetL0 is 2 but not given in the state"],
    [{ clipNorm: Infinity }, 'clipNorm is "Infinity" but 1 in the state'],
    [{ seed: 1, steps: 60 }, "steps is 60 but 50 in the state, sparsityWarmupSteps is 12 but 10"],
    [
      { activation: { kind: "topk", k: 3 } },
      'activation is "topk" but "relu" in the state, k is 3',
    ],
    [{ prefixFractions: [0.25, 1] }, "prefixes is [3,12] but [6,12] in the state"],
    [{ prefixFractions: undefined }, "prefixCount is 10 but not given in the state"],
    [{ prefixWeights: [1, 1] }, "prefixWeights is [1,1] but not given in the state"],
  ];
  for (const [change, message] of changes) {
    await assertRejects(
      () => Trainer.resume(backend, { ...options, ...change }, state),
      RangeError,
      message,
    );
  }
  const same = { ...options, prefixFractions: undefined, prefixes: [6, 12], learningRate: 0.003 };
  using resumed = await Trainer.resume(backend, same, state);
  assertEquals(resumed.stepCount, 0);
});

Deno.test("Trainer.resume() takes an L0 of all latents as a GPU may divide it, and none beyond", async () => {
  using backend = await createBackend("reference");
  const options: TrainerOptions = { inputSize: d, latentCount: N, steps: 50 };
  using trainer = await Trainer.create(backend, options);
  const state = await trainer.state();
  const resume = (largestL0: number) =>
    Trainer.resume(backend, options, { ...state, metrics: { ...state.metrics, largestL0 } });
  // The next float32 after N = 12, which WGSL's division may give.
  using resumed = await resume(N + 2 ** -20);
  assertEquals(resumed.stepCount, 0);
  await assertRejects(() => resume(N + 1e-4), RangeError, "largestL0 must be from 0 to 12");
});

Deno.test("Trainer.resume() does not go on densely where the activation knows how many are active", async () => {
  using backend = await createBackend("reference");
  const options: TrainerOptions = {
    inputSize: d,
    latentCount: N,
    steps: 50,
    activation: { kind: "topk", k: 2 },
  };
  using trainer = await Trainer.create(backend, options);
  const state = await trainer.state();
  assertEquals(state.algorithm, { current: "sparse", room: 2 });
  await assertRejects(
    () => Trainer.resume(backend, options, { ...state, algorithm: { current: "dense", room: 2 } }),
    RangeError,
    'algorithm.current must be "sparse" but is "dense"',
  );
});

Deno.test("Trainer.resume() refuses states that no trainer gives, and holds nothing then", async () => {
  using backend = await createBackend("reference");
  const options: TrainerOptions = {
    inputSize: d,
    latentCount: N,
    steps: 50,
    activation: { kind: "topk", k: 2 },
    algorithm: "sparse",
  };
  let state: TrainerState;
  {
    using trainer = await Trainer.create(backend, options);
    await trainer.step(BATCHES[0]);
    state = await trainer.state();
  }
  const tensor = (name: string, values: unknown) => ({
    tensors: { ...state.tensors, [name]: values },
  });
  const { scale: _, ...without } = state.tensors;
  const mistakes: [object | undefined, typeof Error, string][] = [
    [undefined, TypeError, "the state must be an object but is undefined"],
    [{ step: -1 }, RangeError, "step must be an integer of at least 0 but is -1"],
    [{ step: 0 }, RangeError, "metrics of the last step must not be there after 0 steps"],
    [{ metrics: { largestL0: 1 } }, RangeError, "metrics of the last step must be there after 1"],
    [
      { metrics: { ...state.metrics, largestL0: NaN } },
      RangeError,
      "largestL0 must be from 0 to 12",
    ],
    [tensor("encoder", new Float32Array(3)), RangeError, "encoder must have [12,4] = 48 elements"],
    [tensor("encoder", [1]), TypeError, "encoder must be a Float32Array or Float64Array but is an"],
    [tensor("scale", new Float32Array(1)), RangeError, "scale must be positive but is 0"],
    [
      tensor("importance", new Float32Array(N).fill(NaN)),
      RangeError,
      "element 0 of importance is NaN",
    ],
    [
      tensor("secondMoments.decoderBias", new Float32Array(d).fill(-1)),
      RangeError,
      "element 0 of secondMoments.decoderBias must be at least 0 but is -1",
    ],
    [tensor("silentSteps", new Float32Array(N)), TypeError, "silentSteps must be a Uint32Array"],
    [tensor("extra", new Float32Array(N)), RangeError, 'it has an unknown tensor "extra"'],
    [{ tensors: without }, RangeError, 'it lacks the tensor "scale"'],
    [
      { algorithm: { current: "dense", room: 2 } },
      RangeError,
      'algorithm.current must be "sparse" but is "dense"',
    ],
    [
      { algorithm: { current: "sparse", room: 3 } },
      RangeError,
      "algorithm.room must be 2 but is 3",
    ],
    [
      { prefixRandom: { ...state.prefixRandom, position: 7 } },
      RangeError,
      "position must be in 0 … 3",
    ],
    [{ backend: { name: "wasm" } }, TypeError, "backend.description must be a string"],
  ];
  for (const [change, kind, message] of mistakes) {
    const changed = change && { ...state, ...change } as TrainerState;
    const error = await assertRejects(
      () => Trainer.resume(backend, options, changed as TrainerState),
      kind,
      message,
    );
    assert(error.message.startsWith("Cannot "), error.message);
    assertEquals(backend.allocatedBytes, 0);
  }
});

Deno.test("Trainer.resume() accepts a state with the former names of algorithm and metrics", async () => {
  using backend = await createBackend("reference");
  const options = { inputSize: 4, latentCount: 8, steps: 10 };
  using trainer = await Trainer.create(backend, options);
  await trainer.step(new Float32Array(8).fill(0.5));
  const { algorithm, metrics, ...state } = await trainer.state();
  const { algorithm: asked, ...record } = state.options;
  const former = {
    ...state,
    path: algorithm,
    figures: metrics,
    options: { ...record, path: asked },
  };
  using resumed = await Trainer.resume(backend, options, former as unknown as TrainerState);
  assertEquals(await resumed.state(), await trainer.state());
});
