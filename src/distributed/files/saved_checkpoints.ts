/**
 * The checkpoints in a folder: of one file each, or of shards that an index names.
 *
 * @module
 */
import { type FileSource, openFile } from "../../io/sources/files.ts";
import type { Checkpoint } from "../../training/checkpoint.ts";
import { overlap } from "../../training/checkpoint_rows.ts";
import { readCheckpointShards } from "../../training/checkpoint_shards.ts";
import { checkLatents } from "../../training/trainer_state.ts";
import type { Range } from "../shares.ts";
import { CHECKPOINT, type CheckpointIndex, parseIndex } from "./checkpoint_index.ts";
import { DISK, type Disk } from "./disk.ts";

/** Bytes of the largest index to read: thousands of shards. */
const MOST_BYTES = 2 ** 20;

/** A checkpoint in a folder. */
export interface SavedCheckpoint {
  /** The path of its file, or of the index of its shards. */
  readonly path: string;
  /** Steps taken. */
  readonly step: number;
}

/**
 * Lists the checkpoints in a folder, the newest first, and of the same step that in one file first. Shards without an
 * index, as a killed run leaves them, do not count. Their content is not read.
 *
 * @param folder The folder; if it does not exist, it has no checkpoints.
 */
export async function listCheckpoints(folder: string): Promise<SavedCheckpoint[]> {
  return (await DISK.list(folder))
    .flatMap((name) => {
      const step = name.match(CHECKPOINT)?.[1];
      return step === undefined ? [] : [{ path: `${folder}/${name}`, step: Number(step) }];
    })
    .sort((a, b) => b.step - a.step || (a.path < b.path ? -1 : 1));
}

/**
 * Reads a checkpoint that {@linkcode writeCheckpointShard} has written, or the part of it that one rank needs, as
 * `readCheckpointShards` does. The number of ranks that wrote it does not matter.
 *
 * @param path The index of its shards, or the file of a whole checkpoint.
 * @param latents The wanted latents, by default all.
 * @throws {Error} if a file cannot be opened; the message names it.
 * @throws {RangeError | TypeError} as `readCheckpointShards`, or if the index is broken.
 */
export async function readSavedCheckpoint(path: string, latents?: Range): Promise<Checkpoint> {
  const files: FileSource[] = [];
  try {
    if (!isIndex(path)) {
      files.push(await openFile(path));
      return await readCheckpointShards(files, latents);
    }
    const task = `read the checkpoint ${path}`;
    const { step, latentCount, shards } = await readIndex(path, task);
    const wanted = latents === undefined
      ? { from: 0, to: latentCount }
      : checkLatents(latents, latentCount, task);
    for (const shard of shards) {
      // The first shard has the record of the run.
      if (shard.from > 0 && !overlap(shard, wanted)) continue;
      files.push(await openFile(`${folderOf(path)}${shard.file}`));
    }
    const checkpoint = await readCheckpointShards(files, wanted);
    const found = checkpoint.trainer.step;
    if (found === step) return checkpoint;
    throw new RangeError(`Cannot ${task}: its step is ${step} but ${found} in ${files[0].name}`);
  } finally {
    for (const file of files) await file.close();
  }
}

/**
 * Removes a checkpoint: first the index, so that no index names missing shards, then its shards. Those that remain if
 * the process is killed in between are removed by the next {@linkcode writeCheckpointShard}.
 *
 * @param path The index of its shards, or the file of a whole checkpoint.
 * @throws {Error} with the system's reason if a file cannot be removed. Missing files are removed already.
 */
export async function removeCheckpoint(path: string): Promise<void> {
  await removeFrom(DISK, path);
}

/** As {@linkcode removeCheckpoint}, on any disk. */
export async function removeFrom(disk: Disk, path: string): Promise<void> {
  const shards = await shardsOf(disk, path).catch(() => []);
  for (const each of [path, ...shards]) await disk.remove(each);
}

/**
 * Moves a checkpoint with its shards to another folder of the same file system, which must exist. The index moves
 * last, so that its new folder never has one that names missing shards.
 *
 * @param path The index of its shards, or the file of a whole checkpoint.
 * @param folder The other folder.
 * @returns Its new path.
 * @throws {Error} with the system's reason if a file cannot be moved.
 * @throws {RangeError | TypeError} if the index is broken.
 */
export async function moveCheckpoint(path: string, folder: string): Promise<string> {
  const moved = (each: string) => `${folder}/${each.slice(folderOf(each).length)}`;
  for (const each of [...await shardsOf(DISK, path), path]) await DISK.move(each, moved(each));
  return moved(path);
}

/** Returns the paths of the shards that an index names; a whole checkpoint has none. */
async function shardsOf(disk: Disk, path: string): Promise<string[]> {
  if (!isIndex(path)) return [];
  const { shards } = parseIndex(await disk.readText(path), `read the checkpoint ${path}`);
  return shards.map(({ file }) => `${folderOf(path)}${file}`);
}

async function readIndex(path: string, task: string): Promise<CheckpointIndex> {
  const file = await openFile(path);
  try {
    if (file.size > MOST_BYTES) {
      throw new RangeError(
        `Cannot ${task}: an index has at most ${MOST_BYTES} bytes but it has ${file.size}`,
      );
    }
    return parseIndex(new TextDecoder().decode(await file.read(0, file.size)), task);
  } finally {
    await file.close();
  }
}

const isIndex = (path: string): boolean => path.endsWith(".json");

/** Returns what comes before a file's name in its path. */
const folderOf = (path: string): string => path.slice(0, path.search(/[^/\\]*$/));
