/** Jobs that a signal stops, or an error on one rank. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createBackend, Random, runRanks, ToyTree, Trainer } from "../../../mod.ts";
import { Ranks } from "../../../cli/ranks/ranks.ts";
import { trainingLoop } from "../../../cli/training/training_loop.ts";
import { mpiFamilies } from "../../distributed/mpirun.ts";
import { named } from "../../missing.ts";
import { inFolder, writeNpy } from "../run_cli.ts";
import { readJson } from "../training_runs.ts";
import { disturbed } from "./spawned.ts";
import { shortArgs, train } from "./train_over_mpi.ts";

// After SIGINT MPICH's launcher ends with status 0 or, if its ranks have ended by then, with theirs.
const STATUSES: Record<string, readonly number[]> = { "Open MPI": [130], MPICH: [0, 130] };
// Open MPI's passes SIGUSR2 on; after SIGINT it kills what has not ended within a second.
const SIGNALS = { "Open MPI": "SIGUSR2", MPICH: "SIGINT" } as const;

for (const family of mpiFamilies) {
  const signal = SIGNALS[family.name];
  Deno.test({
    ...named(
      `train --mpi on ${family.name} stopped by ${signal} saves a checkpoint from which --resume goes on`,
      family.missing,
    ),
    fn: () =>
      inFolder(async (folder) => {
        const data = await writeNpy(`${folder}/a.npy`, 300, 1), out = `${folder}/run`;
        const long = shortArgs(data, out, "--steps", "100000", "--sparsity-rate", "0.05");
        const { code, stderr } = await disturbed(
          family,
          2,
          long,
          /step \d/,
          (launcherId) => Deno.kill(launcherId, signal),
        );
        assert(STATUSES[family.name].includes(code), `${code}: ${stderr}`);
        const { steps, stoppedEarly } = await readJson(`${out}/run.json`);
        assertEquals(stoppedEarly, "interrupted");
        const path = `${out}/checkpoints/step-${`${steps}`.padStart(8, "0")}.shards.json`;
        assertStringIncludes(stderr, `Wrote ${path}: the same command with --resume ${out}`);
        assertEquals(stderr.split("Stopping after this step").length, 2, stderr);
        const resumed = await disturbed(
          family,
          2,
          [...long, "--resume"],
          /step \d/,
          (launcherId) => Deno.kill(launcherId, signal),
        );
        assertStringIncludes(resumed.stderr, `Resuming after step ${steps}, from ${path}`);
        assert(STATUSES[family.name].includes(resumed.code), `${resumed.code}: ${resumed.stderr}`);
      }),
  });
}

Deno.test({
  ...named(
    "a loss that is not finite ends a job over ranks with the verdict of one process",
    mpiFamilies[0].missing,
  ),
  fn: () =>
    inFolder(async (folder) => {
      const data = await writeNpy(`${folder}/a.npy`, 300, 1), out = `${folder}/run`;
      const args = shortArgs(data, out, "--learning-rate", "1e30", "--backend", "wasm");
      const { code, stderr } = await train(mpiFamilies[0], 2, args);
      assertEquals(code, 1, stderr);
      assertStringIncludes(stderr, "The run diverged: its loss or gradient became infinite or NaN");
      assertEquals(stderr.split("Cannot continue training: the loss").length, 2, stderr);
      assertEquals((await readJson(`${out}/run.json`)).failed, true);
    }),
});

Deno.test("data that one rank cannot read stop all ranks after the same step, with an error that names it", async () => {
  using backend = await createBackend("reference");
  const world = ToyTree.create({ seed: 1 });
  const results = await runRanks(3, async (communicator) => {
    const ranks = new Ranks(communicator);
    async function* batches() {
      const random = Random.fromSeed(2);
      for (let step = 0;; step++) {
        if (step === 4 && communicator.rank === 2) throw new Error("Cannot read rows 8 to 16 of a");
        yield world.sample(8, random).batch;
      }
    }
    const options = { inputSize: 20, latentCount: 12, steps: 9, communicator };
    using trainer = await Trainer.create(backend, options);
    const loop = { label: "step", steps: 9, batchRows: 8, ranks };
    const { error, metrics } = await trainingLoop(trainer, batches(), loop);
    return { message: (error as Error).message, common: ranks.isCommon(error), metrics };
  });
  const [{ metrics }] = results;
  assertEquals(metrics.map(({ step }) => step), [1, 2, 3, 4]);
  const message = "Rank 2 of 3: Cannot read rows 8 to 16 of a";
  for (const each of results) assertEquals(each, { message, common: true, metrics });
});

Deno.test("one rank that is asked to stop stops all of them after the same step", async () => {
  using backend = await createBackend("reference");
  const steps = await runRanks(3, async (communicator) => {
    const options = { inputSize: 20, latentCount: 12, steps: 9, communicator };
    using trainer = await Trainer.create(backend, options);
    const loop = {
      label: "step",
      steps: 9,
      batchRows: 8,
      ranks: new Ranks(communicator),
      stop: {
        get requested() {
          return communicator.rank === 1 && trainer.stepCount === 5;
        },
      },
    };
    await trainingLoop(trainer, ToyTree.create({ seed: 1 }).batches(8, Random.fromSeed(2)), loop);
    return trainer.stepCount;
  });
  assertEquals(steps, [5, 5, 5]);
});
