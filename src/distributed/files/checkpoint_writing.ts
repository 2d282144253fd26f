/**
 * Writes checkpoints that are spread over ranks.
 *
 * @module
 */
import { failureReason } from "../../io/sources/failure_reason.ts";
import { type Checkpoint, checkpointChunks } from "../../training/checkpoint.ts";
import type { Communicator } from "../communicator.ts";
import { agree, type Attempt, attempt, RankError } from "../texts.ts";
import { factsOfShard } from "./checkpoint_facts.ts";
import { encodeIndex, indexName, shardName, wholeName } from "./checkpoint_index.ts";
import { DISK, type Disk } from "./disk.ts";
import { agreeOnHolders, type ShareFacts } from "./holders.ts";
import { removeLeftovers } from "./leftovers.ts";
import { commonMark } from "./marks.ts";

/**
 * Writes a checkpoint of a run over ranks into a folder, whole or not at all. Every rank writes its shard; when all of
 * them are on the disk, rank 0 commits the checkpoint by renaming a small index into place, `step-00000500.shards.json`,
 * which names the step and the latents and file of each shard. A run that is killed at any moment leaves the
 * checkpoints that were whole before; the shards of one that was not committed are removed by the next.
 * {@linkcode readSavedCheckpoint} reads it on any number of ranks.
 *
 * If one rank holds all latents, it writes one file instead, `step-00000500.safetensors`, the bytes of
 * `encodeCheckpoint`. Earlier checkpoints in the folder stay: see {@linkcode listCheckpoints} and
 * {@linkcode removeCheckpoint}. A checkpoint of the same step is replaced.
 *
 * Collective: every rank of the communicator calls it.
 *
 * @param folder The folder, which all ranks see; it is made if need be.
 * @param checkpoint This rank's part, whose trainer's state has `latents`; or undefined on a rank that writes nothing,
 * such as those of further replicas. `record` and `createdBy` count on the rank with the lowest latents.
 * @param communicator All ranks of the run.
 * @returns The path of the index or of the file, on every rank.
 * @throws {Error} on every rank if one fails; the message names that rank and its reason. What was written is removed.
 *
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { createBackend, runRanks, Trainer } from "@matryoshka/sae";
 * import { listCheckpoints, readSavedCheckpoint, writeCheckpointShard } from "@matryoshka/sae/files";
 * import { assertEquals } from "@std/assert";
 *
 * using backend = await createBackend("reference");
 * using trainer = await Trainer.create(backend, { inputSize: 4, latentCount: 8, steps: 10 });
 * const folder = await mkdtemp(join(tmpdir(), "checkpoints-"));
 * const checkpoint = { trainer: await trainer.state(), createdBy: "my program 1.0" };
 * await runRanks(1, (communicator) => writeCheckpointShard(folder, checkpoint, communicator));
 *
 * const [newest] = await listCheckpoints(folder);
 * assertEquals(newest.step, 0);
 * const { trainer: state } = await readSavedCheckpoint(newest.path, { from: 4, to: 8 });
 * assertEquals(state.latents, { from: 4, to: 8 });
 * ```
 */
export async function writeCheckpointShard(
  folder: string,
  checkpoint: Checkpoint | undefined,
  communicator: Communicator,
): Promise<string> {
  return await writeShard(DISK, folder, checkpoint, communicator);
}

/** As {@linkcode writeCheckpointShard}, on any disk. */
export async function writeShard(
  disk: Disk,
  folder: string,
  checkpoint: Checkpoint | undefined,
  communicator: Communicator,
): Promise<string> {
  const task = `write a checkpoint to ${folder}`;
  const prepared = await attempt(async () => {
    if (checkpoint === undefined) return undefined;
    const chunks = checkpointChunks(checkpoint);
    await disk.makeFolder(folder);
    return { chunks, facts: factsOfShard(checkpoint) };
  });
  const chunks = "error" in prepared ? [] : prepared.result?.chunks ?? [];
  const facts: Attempt<ShareFacts | undefined> = "error" in prepared
    ? prepared
    : { result: prepared.result?.facts };
  const { holders, latentCount, common } = await agreeOnHolders(communicator, facts, task);
  const step = common.step as number;
  const mark = await commonMark(communicator);
  const ours = holders.findIndex(({ rank }) => rank === communicator.rank);
  const files = holders.length === 1
    ? [wholeName(step)]
    : holders.map((_, i) => shardName(step, i, holders.length, mark));
  const shard = `${folder}/${files[ours]}`;
  const written = await attempt(() => ours < 0 ? undefined : disk.write(shard, chunks));
  try {
    await agree(communicator, written, task, failureReason);
  } catch (error) {
    // Only if all ranks know of the failure: if they cannot be reached, one may have committed the checkpoint.
    const useless = error instanceof RankError && ours >= 0 && holders.length > 1;
    if (useless) await disk.remove(shard).catch(() => {});
    throw error;
  }
  const path = `${folder}/${holders.length === 1 ? files[0] : indexName(step)}`;
  const committed = await attempt(async () => {
    if (ours !== 0 || holders.length === 1) return;
    const shards = holders.map(({ latents }, i) => ({ file: files[i], ...latents }));
    try {
      await disk.write(path, [encodeIndex({ step, latentCount, shards })]);
    } catch (error) {
      for (const file of files) await disk.remove(`${folder}/${file}`).catch(() => {});
      throw error;
    }
  });
  await agree(communicator, committed, task, failureReason);
  // The checkpoint is whole: what cannot be removed now, the next one removes.
  if (ours === 0) await removeLeftovers(disk, folder, path, step).catch(() => {});
  return path;
}
