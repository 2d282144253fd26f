/**
 * The checkpoints in a folder: of one file each, or of shards that an index names.
 *
 * @module
 */
import { readdir, rename, unlink } from "node:fs/promises";
import { isMissing } from "../../io/sources/failure_reason.ts";
import { openFile } from "../../io/sources/files.ts";
import type { Checkpoint } from "../../training/checkpoint.ts";
import { readCheckpointShards } from "../../training/checkpoint_shards.ts";
import type { Range } from "../shares.ts";

const NAME = /^step-(\d{8,})\.(safetensors|shards\.json)$/;

/** A checkpoint in a folder. */
export interface SavedCheckpoint {
  /** The path of its file, or of the index of its shards. */
  readonly path: string;
  /** Steps taken. */
  readonly step: number;
}

/**
 * Lists the checkpoints in a folder, the newest first, and of the same step that in one file first. Shards without an
 * index, which a killed run has left, are none. Content is not read.
 *
 * @param folder The folder; if it does not exist, it has no checkpoints.
 */
export async function listCheckpoints(folder: string): Promise<SavedCheckpoint[]> {
  try {
    return (await readdir(folder))
      .flatMap((name) => {
        const step = name.match(NAME)?.[1];
        return step === undefined ? [] : [{ path: `${folder}/${name}`, step: Number(step) }];
      })
      .sort((a, b) => b.step - a.step || (a.path < b.path ? -1 : 1));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
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
  const file = await openFile(path);
  try {
    return await readCheckpointShards([file], latents);
  } finally {
    await file.close();
  }
}

/**
 * Removes a checkpoint: first the index, so that no index names missing shards, then its shards.
 *
 * @param path The index of its shards, or the file of a whole checkpoint.
 */
export async function removeCheckpoint(path: string): Promise<void> {
  await unlink(path);
}

/**
 * Moves a checkpoint with its shards to another folder of the same file system, which must exist. The index moves last.
 *
 * @param path The index of its shards, or the file of a whole checkpoint.
 * @returns Its new path.
 */
export async function moveCheckpoint(path: string, folder: string): Promise<string> {
  const moved = `${folder}/${path.slice(path.lastIndexOf("/") + 1)}`;
  await rename(path, moved);
  return moved;
}
