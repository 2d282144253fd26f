/** Steps that differ within a run: density, sizes and formats of batches, numbers of prefixes, the order of latents. */
import { assert, assertEquals } from "@std/assert";

import { createBackend, encodeFloats, Trainer, type TrainerOptions } from "../../../mod.ts";
import { relativeError } from "../../golden/golden.ts";
import { LADDER, ladderParameters, normalBatches } from "../runs.ts";
import { type Spread, type SpreadStep, trainOverRanks } from "./rank_runs.ts";

const create = () => createBackend("reference");

/** Trains on one rank and on several, and compares metrics and parameters. */
async function compare(
  options: TrainerOptions,
  steps: readonly SpreadStep[],
  spread: Spread,
): Promise<void> {
  const one = await trainOverRanks(create, options, steps, { ranks: 1 });
  const many = await trainOverRanks(create, options, steps, spread);
  for (const [s, metrics] of one.metrics.entries()) {
    const other = many.metrics[s];
    for (const name of ["loss", "l0", "sparsityScale", "gradientNorm", "deadLatents"] as const) {
      const error = relativeError([other[name]], [metrics[name]]);
      assert(error <= 1e-10, `step ${s}: ${name} is ${other[name]}, not ${metrics[name]}`);
    }
  }
  for (const name of ["encoder", "encoderBias", "decoder", "decoderBias"] as const) {
    // Parameters are read as float32.
    assert(relativeError(many.parameters[name], one.parameters[name]) <= 2 ** -23, name);
  }
}

/** A batch whose rows activate these numbers of the first latents: see `ladderParameters`. */
function ladderBatch(active: readonly number[]): Float32Array {
  return Float32Array.from(active.flatMap((count, b) => [count - 0.5, b / 8]));
}

Deno.test("codes that have no room on one rank are computed densely there, and the algorithm changes on all", async () => {
  const options: TrainerOptions = {
    ...LADDER,
    steps: 100,
    initial: ladderParameters(),
    inputScaling: "none",
    prefixes: [3, 9, 20],
    learningRate: 1e-4,
  };
  // After 32 steps there is room for 2.5 latents per row. Five more than fit on the first rank; twenty on each rank.
  const few = ladderBatch([1, 1, 0, 1]);
  const batches = [...Array(34).fill(few), ladderBatch([5, 5, 4, 5]), few];
  batches.push(...Array(30).fill(ladderBatch([20, 19, 20, 20])));
  const steps = batches.map((batch) => ({ batch }));
  for (const latentsPerRank of [[5, 15], [1, 4, 15]]) {
    await compare(options, steps, { ranks: latentsPerRank.length, latentsPerRank });
  }
  using backend = await create();
  using trainer = await Trainer.create(backend, options);
  const algorithms: string[] = [];
  for (const { batch } of steps) {
    await trainer.step(batch);
    algorithms.push(trainer.algorithm);
  }
  assertEquals([0, 33, 65].map((s) => algorithms[s]), ["dense", "sparse", "dense"]);
});

Deno.test("batches change their sizes and formats, and steps their prefixes, as on one rank", async () => {
  const [d, N] = [3, 11];
  // Of 13 rows and of 14, the first of two replicas has 7.
  const batches = normalBatches([13, 14, 13, 14, 5, 13], d, 5);
  const prefixes = [[11], [4, 11], [11], [1, 2, 3, 11], [5, 6, 7, 8, 9, 11], [10, 11]];
  const steps = batches.map((batch, s) => {
    return {
      batch: s % 2 === 0 ? batch : new Uint16Array(encodeFloats(batch, "F16").buffer),
      prefixes: prefixes[s],
    };
  });
  for (const inputScaling of ["none", "corrected"] as const) {
    const options: TrainerOptions = { inputSize: d, latentCount: N, steps: 6, inputScaling };
    await compare(options, steps, { ranks: 3 });
    await compare(options, steps, { ranks: 4, ranksPerReplica: 2 });
    await compare({ ...options, permuteEvery: 2 }, steps, { ranks: 2, ranksPerReplica: 1 });
  }
});
