/** What a run records of its reference prefixes: the same alone, over ranks, and resumed. */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  type Activation,
  type Batch,
  createBackend,
  encodeFloats,
  type PrefixReading,
  Random,
  runRanks,
  ToyTree,
  Trainer,
  type TrainerOptions,
} from "../../mod.ts";
import { Ranks } from "../../cli/ranks/ranks.ts";
import { referencePrefixes, referencePrefixReader } from "../../cli/training/reference_prefixes.ts";
import type { TrainArguments } from "../../cli/training/train_arguments.ts";
import { inFolder } from "./run_cli.ts";
import { finished, outcomeOf, shortRun } from "./training_runs.ts";

Deno.test("reference prefixes are a sixteenth of the latents, an eighth and so on, each once", () => {
  assertEquals(referencePrefixes(1024), [64, 128, 256, 512, 1024]);
  assertEquals(referencePrefixes(17), [1, 2, 4, 8, 17]);
  assertEquals(referencePrefixes(5), [1, 2, 5]);
  assertEquals(referencePrefixes(1), [1]);
});

const ROWS = 40;
const LATENTS = 24;

/** Takes two steps on this many ranks, and returns what each reads. */
async function readingsOver(
  ranks: number,
  more: Partial<TrainerOptions>,
  batch: Batch,
): Promise<(readonly PrefixReading[])[]> {
  return await runRanks(ranks, async (communicator) => {
    using backend = await createBackend("reference");
    const options = { inputSize: 20, latentCount: LATENTS, steps: 9, ...more, communicator };
    using trainer = await Trainer.create(backend, options);
    const args = { latents: LATENTS } as TrainArguments;
    const run = { ranks: new Ranks(communicator), trainer, backend, args, options };
    const read = await referencePrefixReader(run);
    await trainer.step(batch);
    await trainer.step(batch);
    return await read!(batch);
  });
}

const { batch } = ToyTree.create({ seed: 3 }).sample(ROWS, Random.fromSeed(1));

Deno.test("all ranks read what one process reads", async () => {
  const threshold = new Float32Array(LATENTS).fill(0.125);
  const activations: Activation[] = [
    { kind: "relu" },
    { kind: "batchtopk", k: 3 },
    { kind: "jumprelu", threshold },
  ];
  for (const activation of activations) {
    const float16 = new Uint16Array(encodeFloats(batch, "F16").buffer);
    const [one] = await readingsOver(1, { activation }, float16);
    assertEquals(one.map(({ prefix }) => prefix), [1, 3, 6, 12, 24]);
    for (const ranksPerReplica of [2, 1]) {
      const all = await readingsOver(2, { activation, ranksPerReplica }, float16);
      for (const readings of all) {
        for (const [j, { fvu, l0 }] of readings.entries()) {
          // Ranks measure with float32 weights, 2⁻²⁴ of each from those of the trainer. An FVU near 1 is a sum of terms
          // that are at most some tens as large.
          assertAlmostEquals(fvu, one[j].fvu, 1e-5);
          assertEquals(l0, one[j].l0);
        }
      }
    }
  }
});

Deno.test("rows that do not vary have no FVU over ranks, and end no run", async () => {
  const readings = await readingsOver(2, {}, batch.subarray(0, 20));
  assertEquals(
    readings.map((each) => each.map(({ fvu }) => fvu)),
    Array(2).fill(Array(5).fill(NaN)),
  );
});

Deno.test("a run records the reference prefixes of every step whose metrics it reads, and so does one resumed", () =>
  inFolder(async (folder) => {
    const [args, out] = await shortRun(folder);
    const { history } = await outcomeOf(out);
    assertEquals(
      history.map((each) => Object.keys(each).at(-1)),
      Array(20).fill("referencePrefixes"),
    );
    await finished([
      ...args,
      "--resume",
      `${out}/checkpoints/step-00000012.safetensors`,
      "--force",
    ]);
    assertEquals((await outcomeOf(out)).history, history);
  }));
