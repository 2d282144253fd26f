/** What trainers over ranks refuse, and that no rank waits for one that refuses. */
import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";

import {
  type Communicator,
  createBackend,
  initialParameters,
  Random,
  runRanks,
  Trainer,
  type TrainerOptions,
  type TrainerState,
} from "../../../mod.ts";
import { fingerprintOf } from "../../../src/training/ranks/messages.ts";

const OPTIONS: TrainerOptions = { inputSize: 3, latentCount: 7, steps: 10, prefixCount: 3 };

/** Creates trainers and takes a step, with options and a batch that may depend on the rank. */
async function trainWith(
  ranks: number,
  optionsOf: (rank: number) => Partial<TrainerOptions>,
  batchOf: (rank: number) => Float32Array = () => new Float32Array(12).fill(1),
): Promise<TrainerState[]> {
  return await runRanks(ranks, async (communicator: Communicator) => {
    using backend = await createBackend("reference");
    const options = { ...OPTIONS, ...optionsOf(communicator.rank), communicator };
    using trainer = await Trainer.create(backend, options);
    await trainer.step(batchOf(communicator.rank));
    return await trainer.state();
  });
}

const CASES: Record<string, [number, (rank: number) => Partial<TrainerOptions>, string]> = {
  "more ranks than latents": [
    8,
    () => ({}),
    "Cannot create a trainer: 7 latents cannot be shared by 8 ranks: each needs at least one",
  ],
  "ranks that do not fill replicas": [
    3,
    () => ({ ranksPerReplica: 2 }),
    "Cannot create a trainer: 3 ranks cannot form replicas of 2",
  ],
  "shares that are not all latents": [
    2,
    () => ({ latentsPerRank: [3, 3] }),
    "Cannot create a trainer: latentsPerRank must sum to latentCount 7 but sums to 6",
  ],
  "a share of no latents": [
    2,
    () => ({ latentsPerRank: [7, 0] }),
    "Cannot create a trainer: latentsPerRank[1] must be an integer of at least 1 but is 0",
  ],
  "a permutation across ranks": [
    2,
    () => ({ permuteEvery: 5 }),
    "Cannot create a trainer: permuteEvery 5 would move latents between the 2 ranks of a replica",
  ],
  "other initial parameters on one rank": [
    2,
    (rank) => {
      const initial = initialParameters(3, 7, Random.fromSeed(1));
      initial.decoderBias[1] = rank;
      return { initial };
    },
    'Cannot create a trainer: initial must be the same on all ranks but is "checksum ',
  ],
  "other thresholds on one rank": [
    2,
    (rank) => ({ activation: { kind: "jumprelu", threshold: new Float32Array(7).fill(rank) } }),
    'Cannot create a trainer: threshold must be the same on all ranks but is "checksum ',
  ],
  "other options on one rank": [
    3,
    (rank) => ({ learningRate: rank === 2 ? 0.1 : 0.01 }),
    "Cannot create a trainer: learningRate must be the same on all ranks but is 0.01 on rank 0 and 0.1 on rank 2",
  ],
};

for (const [name, [ranks, options, message]] of Object.entries(CASES)) {
  Deno.test(`Trainer.create() over ranks refuses ${name}`, async () => {
    await assertRejects(() => trainWith(ranks, options), Error, message);
  });
}

Deno.test("Trainer.create() refuses a grid without a communicator", async () => {
  using backend = await createBackend("reference");
  await assertRejects(
    () => Trainer.create(backend, { ...OPTIONS, ranksPerReplica: 1 }),
    TypeError,
    "Cannot create a trainer: ranksPerReplica needs a communicator, which is not given",
  );
});

Deno.test("Trainer.create() refuses what is no communicator", async () => {
  using backend = await createBackend("reference");
  await assertRejects(
    () => Trainer.create(backend, { ...OPTIONS, communicator: {} as Communicator }),
    TypeError,
    "Cannot create a trainer: communicator must be a Communicator",
  );
});

Deno.test("batches that agree in their first column have different fingerprints", () => {
  const zeros = new Float32Array(1024 * 32);
  const others = zeros.map((_, i) => i % 32 === 0 ? 0 : 1);
  assertNotEquals(fingerprintOf(others), fingerprintOf(zeros));
});

Deno.test("Trainer.step() over ranks refuses batches that differ, and says on which rank", async () => {
  const batchOf = (rank: number) => new Float32Array(12).fill(rank === 1 ? 2 : 1);
  await assertRejects(
    () => trainWith(2, () => ({}), batchOf),
    Error,
    "Cannot take training step 1: rank 1 has another batch or other prefixes than rank 0",
  );
});

Deno.test("steps that differ between ranks are refused before any message depends on them", async () => {
  const activations: TrainerOptions["activation"][] = [{ kind: "relu" }, { kind: "topk", k: 2 }];
  for (const activation of activations) {
    await runRanks(2, async (communicator) => {
      using backend = await createBackend("wasm");
      using trainer = await Trainer.create(backend, { ...OPTIONS, activation, communicator });
      const before = await trainer.state();
      const rows = new Float32Array(12).fill(1);
      const wrong = communicator.rank === 1;
      const other: [Float32Array, number[]][] = [
        [wrong ? rows.subarray(3) : rows, [7]],
        [rows, wrong ? [2, 7] : [7]],
      ];
      for (const [batch, prefixes] of other) {
        await assertRejects(
          () => trainer.step(batch, { prefixes }),
          Error,
          "Cannot take training step 1: rank 1 has another batch or other prefixes than rank 0",
        );
      }
      assertEquals(await trainer.state(), before);
    });
  }
});

Deno.test("Trainer.step() over ranks refuses fewer rows than replicas", async () => {
  const rows = () => new Float32Array(3).fill(1);
  await assertRejects(
    () => trainWith(2, () => ({ ranksPerReplica: 1 }), rows),
    RangeError,
    "Cannot take training step 1: a batch of 1 row cannot be dealt to 2 replicas",
  );
});

Deno.test("if one rank's batch is bad, all ranks end", async () => {
  const batchOf = (rank: number) => new Float32Array(12).fill(rank === 1 ? NaN : 1);
  await assertRejects(
    () => trainWith(3, () => ({}), batchOf),
    RangeError,
    "Cannot take a training step: row 0 of the batch has NaN",
  );
});

Deno.test("a loss that is not finite is found on every rank, and changes nothing", async () => {
  const messages = await runRanks(2, async (communicator) => {
    using backend = await createBackend("wasm");
    const options: TrainerOptions = { ...OPTIONS, inputScaling: "none", communicator };
    using trainer = await Trainer.create(backend, options);
    const before = await trainer.parameters();
    await trainer.step(new Float32Array(12).fill(3e38));
    const error = await assertRejects(() => trainer.metrics(), RangeError, "step 1 is not finite");
    const after = await trainer.parameters();
    if (`${after.decoder}` !== `${before.decoder}`) throw new Error("the decoder has changed");
    return error.message;
  });
  if (messages[0] !== messages[1]) throw new Error(messages.join("\n"));
});

Deno.test("Trainer.resume() over ranks refuses the latents of another rank, and other steps", async () => {
  const states = await trainWith(2, () => ({}));
  const resumeWith = (stateOf: (rank: number) => TrainerState, stepsOf = (_: number) => 10) =>
    runRanks(2, async (communicator) => {
      const { rank } = communicator;
      using backend = await createBackend("reference");
      const options = { ...OPTIONS, steps: stepsOf(rank), communicator };
      using _ = await Trainer.resume(backend, options, stateOf(rank));
    });
  await resumeWith((rank) => states[rank]);
  await assertRejects(
    () => resumeWith((rank) => states[1 - rank]),
    RangeError,
    "Cannot resume training: the state must have the latents from 0 to 4 but has those from 4 to 7",
  );
  await assertRejects(
    () => resumeWith((rank) => ({ ...states[rank], step: 1 + rank })),
    Error,
    "Cannot resume training: step must be the same on all ranks but is 1 on rank 0 and 2 on rank 1",
  );
  await resumeWith((rank) => states[rank], () => 20);
  await assertRejects(
    () => resumeWith((rank) => states[rank], (rank) => 20 + rank),
    Error,
    "Cannot resume training: steps must be the same on all ranks but is 20 on rank 0 and 21 on rank 1",
  );
});

Deno.test("metrics over ranks are refused while a step or metrics are awaited", async () => {
  await runRanks(2, async (communicator) => {
    using backend = await createBackend("reference");
    using trainer = await Trainer.create(backend, { ...OPTIONS, communicator });
    const batch = new Float32Array(12).fill(1);
    const message = "Cannot give metrics: a step or metrics have not been awaited";
    const step = trainer.step(batch);
    await assertRejects(() => trainer.metrics(), Error, message);
    await step;
    const metrics = trainer.metrics();
    await assertRejects(() => trainer.metrics(), Error, message);
    await assertRejects(() => trainer.step(batch), Error, "has not been awaited");
    assertEquals((await metrics).step, 1);
  });
});

Deno.test("a trainer over ranks that is disposed during a step says so, and holds nothing", async () => {
  // As many turns of the event loop as a step takes, and some.
  for (let turns = 0; turns < 40; turns += 3) {
    const held: number[] = [];
    await assertRejects(
      () =>
        runRanks(2, async (communicator) => {
          using backend = await createBackend("wasm");
          const trainer = await Trainer.create(backend, { ...OPTIONS, communicator });
          for (const rows of [4, 2]) {
            const step = trainer.step(new Float32Array(3 * rows).fill(1));
            if (rows === 2 && communicator.rank === 0) {
              for (let n = 0; n < turns; n++) await Promise.resolve();
              trainer[Symbol.dispose]();
            }
            await step.catch((error) => {
              if (communicator.rank === 0) held.push(backend.allocatedBytes);
              throw error;
            });
          }
          await trainer.step(new Float32Array(6).fill(1));
        }),
      Error,
      "Cannot take a training step: the trainer is disposed",
    );
    assertEquals(held.filter((bytes) => bytes > 0), []);
  }
});
