import { assert, assertEquals } from "@std/assert";
import { createBackend, Trainer, type TrainerOptions } from "../../mod.ts";
import { backends } from "../backends.ts";
import { EVERY_WAY } from "../matrix.ts";
import { everyActivation, everyPenalty, randomProblem } from "../problems.ts";
import {
  LADDER,
  ladderBatch,
  ladderOptions,
  lossDifference,
  normalBatches,
  train,
} from "./runs.ts";
import { WatchedBackend } from "./watched_backend.ts";

/** Steps between two observations of the density. */
const WINDOW = 32;
/** A rate at which the ladder's active latents stay the same for a hundred steps. */
const SLOW = { learningRate: 1e-4, warmupSteps: 0, clipNorm: Infinity };

for (const { name, create, lossTolerance } of backends) {
  const steps = name === "webgpu" && !EVERY_WAY ? 15 : 50;
  for (const penalty of everyPenalty.slice(1)) {
    Deno.test(`Trainer forced to be sparse equals the dense one for ${steps} steps: ${penalty.kind} (${name})`, async () => {
      using backend = await create();
      const d = 4;
      const N = 12;
      const batches = normalBatches(Array(steps).fill(7), d, 11);
      for (const activation of everyActivation(N, 3)) {
        const options: TrainerOptions = {
          inputSize: d,
          latentCount: N,
          steps,
          prefixCount: 4,
          targetL0: penalty.kind === "none" ? undefined : 3,
          initial: randomProblem(1, d, N, 12).parameters,
          subtractDecoderBias: true,
          activation,
          penalty,
        };
        const dense = await train(backend, { ...options, algorithm: "dense" }, batches);
        const sparse = await train(backend, { ...options, algorithm: "sparse" }, batches);
        const difference = lossDifference(sparse.metrics, dense.metrics);
        // Adam makes the error of a small gradient an error of the update: float32 drifts apart.
        const most = name === "reference" ? 1e-9 : 1000 * lossTolerance;
        assert(difference < most, `${activation.kind}: losses differ by ${difference}`);
        assertEquals(
          sparse.metrics.map((m) => m.perPrefix.map((p) => [p.prefix, p.deadLatents])),
          dense.metrics.map((m) => m.perPrefix.map((p) => [p.prefix, p.deadLatents])),
        );
      }
    });
  }
}

/** Takes a window of steps for each density, and gives the algorithm after each. */
async function algorithmsAfter(
  options: TrainerOptions,
  densities: readonly number[],
  backend: WatchedBackend,
): Promise<string[]> {
  using trainer = await Trainer.create(backend, options);
  const algorithms = [trainer.algorithm];
  for (const active of densities) {
    for (let s = 0; s < WINDOW; s++) await trainer.step(ladderBatch(active));
    algorithms.push(trainer.algorithm);
  }
  return algorithms;
}

Deno.test("Trainer turns sparse below a tenth of the latents, and dense again above a fifth", async () => {
  using backend = new WatchedBackend(await createBackend("reference"));
  const algorithms = await algorithmsAfter(ladderOptions(), [10, 3, 1, 3, 4, 5, 1], backend);
  // Of 20 latents: between 2 and 4 nothing changes.
  assertEquals(algorithms, [
    "dense",
    "dense",
    "dense",
    "sparse",
    "sparse",
    "sparse",
    "dense",
    "sparse",
  ]);
  assert(backend.recorded.includes("encodeSparse"));
});

Deno.test("Trainer keeps to a forced algorithm whatever the density", async () => {
  for (const algorithm of ["dense", "sparse"] as const) {
    using backend = new WatchedBackend(await createBackend("reference"));
    const algorithms = await algorithmsAfter(ladderOptions({ algorithm }), [20, 1, 1], backend);
    assertEquals(algorithms, Array(4).fill(algorithm));
    const other = algorithm === "dense" ? "encodeSparse" : "encode";
    assertEquals(backend.recorded.includes(other), false, `${algorithm} recorded ${other}`);
  }
});

Deno.test("Trainer is sparse from the first step for topk, batchtopk and jumprelu only", async () => {
  for (const activation of everyActivation(LADDER.latentCount, 2)) {
    using backend = new WatchedBackend(await createBackend("reference"));
    using trainer = await Trainer.create(backend, ladderOptions({ activation }));
    const sparse = ["topk", "batchtopk", "jumprelu"].includes(activation.kind);
    assertEquals(trainer.algorithm, sparse ? "sparse" : "dense", activation.kind);
    await trainer.step(ladderBatch(10));
    assertEquals(backend.recorded.includes("encodeSparse"), sparse, activation.kind);
    assertEquals(backend.recorded.includes("encode"), !sparse, activation.kind);
  }
});

Deno.test("Trainer takes a step densely if its active latents exceed the sparse algorithm's room", async () => {
  // A window with one active latent per row leaves room for three; then all twenty are active.
  const sparseSteps = Array(WINDOW).fill(ladderBatch(1));
  const batches = [
    ...sparseSteps,
    ladderBatch(2),
    ladderBatch(20),
    ladderBatch(12),
    ladderBatch(1),
  ];
  const run = async (algorithm: "auto" | "dense" | "sparse") => {
    const backend = new WatchedBackend(await createBackend("reference"));
    const result = await train(backend, ladderOptions({ ...SLOW, algorithm }), batches);
    assertEquals(backend.allocatedBytes, 0);
    return { ...result, recorded: backend.recorded };
  };
  const dense = await run("dense");
  assertEquals(dense.metrics.slice(-4).map((m) => m.l0), [2, 20, 12, 1]);
  for (const algorithm of ["auto", "sparse"] as const) {
    const overflowing = await run(algorithm);
    const difference = lossDifference(overflowing.metrics, dense.metrics);
    assert(difference < 1e-9, `${algorithm}: losses differ by ${difference}`);
    assertEquals(overflowing.parameters, dense.parameters);
    const count = (kernel: string) => overflowing.recorded.filter((id) => id === kernel).length;
    // The dense side of the branch, recorded when it was first taken; "auto" began densely.
    assertEquals(count("prefixResiduals"), algorithm === "auto" ? 2 : 1);
    assertEquals(count("sparseReverseSums"), algorithm === "auto" ? 1 : 2);
  }
});

Deno.test("Trainer makes more room after an overflow", async () => {
  using backend = new WatchedBackend(await createBackend("reference"));
  const algorithms = await algorithmsAfter(
    ladderOptions({ algorithm: "sparse" }),
    [1, 7, 7],
    backend,
  );
  assertEquals(algorithms, Array(4).fill("sparse"));
  // One window overflows; the next has a program of its own that never takes the dense side.
  const ids = backend.recorded.filter((id) => id === "encodeSparse" || id === "encode");
  assertEquals(ids, ["encodeSparse", "encodeSparse", "encode", "encodeSparse"]);
});

Deno.test("Trainer chooses its algorithm whether or not metrics() is called in between", async () => {
  using backend = await createBackend("reference");
  const algorithms: string[] = [];
  for (const often of [false, true]) {
    using trainer = await Trainer.create(backend, ladderOptions());
    // The window's largest density is a half; its last step's alone would call for sparse.
    for (let s = 0; s < WINDOW; s++) {
      await trainer.step(ladderBatch(s === WINDOW - 1 ? 1 : 10));
      if (often) await trainer.metrics();
    }
    algorithms.push(trainer.algorithm);
  }
  assertEquals(algorithms, ["dense", "dense"]);
});

Deno.test("Trainer is dense for identity whatever is asked for, however few latents are active", async () => {
  for (const algorithm of ["auto", "sparse"] as const) {
    using backend = new WatchedBackend(await createBackend("reference"));
    const initial = { ...ladderOptions().initial!, encoder: new Float32Array(40) };
    initial.encoderBias = new Float32Array(20);
    const options = ladderOptions({ algorithm, activation: { kind: "identity" }, initial });
    const algorithms = await algorithmsAfter(options, [1, 1], backend);
    assertEquals(algorithms, ["dense", "dense", "dense"]);
    assertEquals(backend.recorded.includes("encodeSparse"), false);
  }
});
