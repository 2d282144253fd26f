/** States and options that `Trainer.resume` refuses, and former names that it accepts. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { createBackend, Trainer, type TrainerOptions, type TrainerState } from "../../mod.ts";
import { normalBatches } from "./runs.ts";

const d = 4;
const N = 12;

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
    [{ seed: 1, steps: 60 }, "seed is 1 but 0 in the state"],
    [{ steps: 40 }, "Cannot resume training: steps is 40 but 50 in the state"],
    [{ initialInputScale: 2 }, "initialInputScale is 2 but not given in the state"],
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
    await trainer.step(normalBatches([7], d, 3)[0]);
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
