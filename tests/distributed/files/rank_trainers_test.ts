/** Runs over ranks are saved, go on from their checkpoints on any number of ranks, and end in one file. */
import { assertEquals } from "@std/assert";
import {
  type Activation,
  type Communicator,
  createBackend,
  loadSae,
  runRanks,
  saveSae,
  Trainer,
  type TrainerOptions,
} from "../../../mod.ts";
import {
  listCheckpoints,
  openFile,
  readSavedCheckpoint,
  writeCheckpointShard,
  writeSaeInTurn,
} from "../../../entries/files.ts";
import { normalBatches } from "../../training/runs.ts";
import { inFolder } from "./failing_disk.ts";

const OPTIONS = {
  inputSize: 4,
  latentCount: 11,
  steps: 60,
  prefixes: [2, 7, 11],
  targetL0: 2,
  seed: 3,
} as const;
const BATCHES = normalBatches(Array(60).fill(6), OPTIONS.inputSize, 5);

type Spread = Pick<TrainerOptions, "ranksPerReplica" | "latentsPerRank"> & {
  readonly ranks: number;
};

/** Trains to a step, from the newest checkpoint in a folder if there is one, and saves another one there. */
function train(
  folder: string,
  { ranks, ...spread }: Spread,
  options: TrainerOptions,
  until: number,
) {
  return runRanks(ranks, async (communicator) => {
    using backend = await createBackend("wasm");
    const given = ranks === 1 ? options : { ...options, ...spread, communicator };
    const [newest] = await listCheckpoints(folder);
    using trainer = newest
      ? await Trainer.resume(backend, given, await newestState(newest.path, given, backend))
      : await Trainer.create(backend, given);
    while (trainer.stepCount < until) await trainer.step(BATCHES[trainer.stepCount]);
    const state = await trainer.state();
    const writes = trainer.replica === 0;
    const checkpoint = writes ? { trainer: state, createdBy: "a test" } : undefined;
    await writeCheckpointShard(folder, checkpoint, communicator);
    await saveFile(`${folder}/sae.safetensors`, trainer, communicator);
    return state;
  });
}

/** Reads the latents of a rank, which a trainer that is made for it names. */
async function newestState(
  path: string,
  options: TrainerOptions,
  backend: Awaited<ReturnType<typeof createBackend>>,
) {
  using trainer = await Trainer.create(backend, options);
  return (await readSavedCheckpoint(path, trainer.latents)).trainer;
}

async function saveFile(path: string, trainer: Trainer, communicator: Communicator) {
  const { latents, replica } = trainer;
  const threshold = await trainer.threshold();
  const activation: Activation = threshold ? { kind: "jumprelu", threshold } : { kind: "relu" };
  const sae = {
    parameters: await trainer.rawParameters(),
    activation,
    subtractDecoderBias: false,
    prefixes: OPTIONS.prefixes,
    inputScale: await trainer.inputScale(),
  } as const;
  const share = { sae, latents, latentCount: OPTIONS.latentCount };
  await writeSaeInTurn(path, replica === 0 ? share : undefined, communicator);
}

const threshold = Float32Array.from({ length: 11 }, (_, i) => 0.1 + 0.01 * i);

for (
  const [name, options] of Object.entries<TrainerOptions>({
    "relu": OPTIONS,
    "jumprelu, sparse": {
      ...OPTIONS,
      targetL0: undefined,
      algorithm: "sparse",
      activation: { kind: "jumprelu", threshold },
    },
  })
) {
  Deno.test(`${name}: ranks go on from a checkpoint with the bits of the undisturbed run`, () =>
    inFolder(async (folder) => {
      const spreads: Spread[] = [
        { ranks: 1 },
        { ranks: 3, latentsPerRank: [1, 7, 3] },
        { ranks: 4, ranksPerReplica: 2, latentsPerRank: [9, 2] },
      ];
      for (const [n, spread] of spreads.entries()) {
        const undisturbed = await train(`${folder}/${n}`, spread, options, 50);
        await train(`${folder}/${n}-stopped`, spread, options, 40);
        const resumed = await train(`${folder}/${n}-stopped`, spread, options, 50);
        assertEquals(resumed, undisturbed);
        const [whole, stopped] = await Promise.all(
          [`${folder}/${n}`, `${folder}/${n}-stopped`].map((each) =>
            Deno.readFile(`${each}/sae.safetensors`)
          ),
        );
        assertEquals(stopped, whole);
      }
    }));
}

Deno.test("a run that one number of ranks has begun goes on with another, and its file loads", () =>
  inFolder(async (folder) => {
    const spreads: Spread[] = [
      { ranks: 3 },
      { ranks: 2, latentsPerRank: [10, 1] },
      { ranks: 1 },
      { ranks: 4, ranksPerReplica: 2 },
      { ranks: 4 },
    ];
    for (const [n, spread] of spreads.entries()) {
      const states = await train(folder, spread, OPTIONS, 5 * (n + 1));
      const [{ path, step }] = await listCheckpoints(folder);
      assertEquals(step, 5 * (n + 1));
      const { trainer } = await readSavedCheckpoint(path);
      for (const { latents = { from: 0, to: 11 }, tensors } of states) {
        const rows = trainer.tensors.encoder.subarray(4 * latents.from, 4 * latents.to);
        assertEquals(tensors.encoder, rows);
      }
      // The whole checkpoint gives the file that the ranks have written.
      using backend = await createBackend("wasm");
      using whole = await Trainer.resume(backend, OPTIONS, trainer);
      await using file = await openFile(`${folder}/sae.safetensors`);
      const { parameters } = await loadSae(file);
      assertEquals(parameters, await whole.rawParameters());
      const sae = {
        parameters,
        activation: { kind: "relu" },
        subtractDecoderBias: false,
        prefixes: OPTIONS.prefixes,
        inputScale: await whole.inputScale(),
      } as const;
      assertEquals(await file.read(0, file.size), saveSae(sae, "native")["sae.safetensors"]);
    }
  }));
