/** Runs of recipes survive a checkpoint: every later number is the one of the uninterrupted run. */

import { assert, assertEquals } from "@std/assert";
import {
  encodeCheckpoint,
  Random,
  readCheckpoint,
  sourceFromBytes,
  ToyTree,
  Trainer,
  type TrainerOptions,
} from "../../mod.ts";
import { portableBackends } from "../backends.ts";

const SIZES = { inputSize: 20, latentCount: 32, steps: 12, deadAfter: 2 };

const RECIPES: Readonly<Record<string, Partial<TrainerOptions>>> = {
  "batch top-k with AuxK and a threshold": {
    activation: { kind: "batchtopk", k: 1.5 },
    auxiliary: { perPrefix: true },
    unitDecoder: "afterUpdate",
    decoderBiasStart: "median",
    annealedK: { from: 6, steps: 8 },
  },
  "jumprelu whose thresholds are trained, with latents that are reordered": {
    activation: { kind: "jumprelu", threshold: 0.1 },
    penalty: { kind: "l0", coefficient: 0.05 },
    thresholdTraining: { bandwidth: 0.5, preActivationLoss: 0.1 },
    permuteEvery: 3,
  },
  "top-k whose gradients are carried on": {
    activation: { kind: "topk", k: 2 },
    multiTopk: 0.1,
    compatibility: { carriedGradients: true },
  },
};

async function take(trainer: Trainer, batches: readonly Float32Array[]) {
  for (const batch of batches) await trainer.step(batch);
  return { state: await trainer.state(), metrics: await trainer.metrics() };
}

for (const { name: backendName, create } of portableBackends) {
  for (const [name, recipe] of Object.entries(RECIPES)) {
    Deno.test(`${backendName}: a resumed run of ${name} has the same bits`, async () => {
      using backend = await create();
      const options: TrainerOptions = { ...SIZES, prefixes: [8, 32], ...recipe };
      const world = ToyTree.create();
      const random = Random.fromSeed(5);
      const batches = Array.from({ length: 12 }, () => world.sample(16, random).batch);
      using trainer = await Trainer.create(backend, options);
      const { state } = await take(trainer, batches.slice(0, 6));
      const bytes = encodeCheckpoint({ trainer: state, createdBy: "a test" });
      const read = await readCheckpoint(sourceFromBytes(bytes, "step.safetensors"));
      using resumed = await Trainer.resume(backend, options, read.trainer);
      const expected = await take(trainer, batches.slice(6));
      assertEquals(await take(resumed, batches.slice(6)), expected);
      assert(Number.isFinite(expected.metrics.loss));
    });
  }
}
