/**
 * The checkpoints in the folder of a run.
 *
 * @module
 */
import { realpath, rename, stat } from "node:fs/promises";
import { type Checkpoint, checkpointChunks, type Range } from "@matryoshka/sae";
import {
  isMissing,
  listCheckpoints,
  moveCheckpoint,
  readSavedCheckpoint,
  removeCheckpoint,
  removeTemporaryFiles,
  writeCheckpointShard,
  writeFileAtomically,
} from "@matryoshka/sae/files";
import { describeError } from "../terminal/failure.ts";
import { Ranks } from "../ranks/ranks.ts";
import { makeFolder } from "./folders.ts";
import { RUN_FILES } from "./run_folder.ts";

const NO_CHECKPOINT = "it holds no checkpoint; --checkpoint-every saves them, and --init goes on " +
  "from the autoencoder of a finished run";

/** A checkpoint, and where it was found. */
export interface FoundCheckpoint {
  readonly path: string;
  readonly checkpoint: Checkpoint;
}

/** Options of {@linkcode CheckpointFolder}. */
export interface CheckpointFolderOptions {
  /** How many checkpoints to keep. */
  readonly keep: number;
  /** The step of a checkpoint that stays in any case. */
  readonly protectedStep?: number;
  /** The ranks that save parts of each checkpoint. By default this process saves all of it. */
  readonly ranks?: Ranks;
}

/** The folder in that of a run that holds the newest few of its checkpoints. */
export class CheckpointFolder {
  readonly #path: string;
  readonly #ranks: Ranks;
  readonly #keep: number;
  readonly #protectedStep?: number;

  /**
   * Keeps the newest `keep` checkpoints, and that after step `protectedStep`, if there is one: a finished run that is
   * being extended must not lose its own. The folder is made when the first checkpoint is saved.
   */
  constructor(
    runFolder: string,
    { keep, protectedStep, ranks = new Ranks() }: CheckpointFolderOptions,
  ) {
    this.#ranks = ranks;
    this.#path = `${runFolder}/${RUN_FILES.checkpoints}`;
    this.#keep = keep;
    this.#protectedStep = protectedStep;
  }

  /**
   * Writes a checkpoint completely or not at all, then removes the oldest ones, and returns its path. Over several
   * ranks, each gives its part, or undefined if another rank has the same.
   */
  async save(checkpoint: Checkpoint | undefined): Promise<string> {
    const { communicator } = this.#ranks;
    const path = await this.#ranks.together(() =>
      communicator
        ? writeCheckpointShard(this.#path, checkpoint, communicator)
        : this.#saveAlone(checkpoint!)
    );
    await this.#ranks.onFirst(() => this.#removeOld(path));
    return path;
  }

  async #saveAlone(checkpoint: Checkpoint): Promise<string> {
    const name = `step-${`${checkpoint.trainer.step}`.padStart(8, "0")}.safetensors`;
    try {
      await makeFolder(this.#path);
    } catch (cause) {
      throw new Error(`Cannot make the folder ${this.#path}: ${describeError(cause)}`, { cause });
    }
    const path = `${this.#path}/${name}`;
    await writeFileAtomically(path, checkpointChunks(checkpoint));
    return path;
  }

  /** Removes all but the newest checkpoints. The new one is written, so failing to remove others is only a warning. */
  async #removeOld(written: string): Promise<void> {
    // The checkpoint just written stays even if others have higher step numbers.
    const others = (await listCheckpoints(this.#path)).filter(({ path, step }) =>
      path !== written && step !== this.#protectedStep
    );
    for (const { path } of others.slice(this.#keep - 1)) {
      await removeCheckpoint(path)
        .catch((error) => console.error(`Cannot remove ${nameOf(path)}: ${describeError(error)}`));
    }
  }

  /** Returns whether the folder holds no checkpoint. */
  async isEmpty(): Promise<boolean> {
    return (await listCheckpoints(this.#path)).length === 0;
  }

  /** Removes half-written checkpoints that killed processes have left. */
  async cleanUp(): Promise<void> {
    const removed = await removeTemporaryFiles(this.#path);
    if (removed.length === 0) return;
    console.error(
      `Removed ${removed.length} half-written checkpoint${removed.length > 1 ? "s" : ""}`,
    );
  }

  /** Removes all checkpoints. */
  async clear(): Promise<void> {
    for (const { path } of await listCheckpoints(this.#path)) await removeCheckpoint(path);
  }
}

/**
 * Reads the checkpoint at a path: a file, or the newest readable checkpoint of a run's folder. Corrupt checkpoints
 * are reported, and renamed once a readable one has been found; if none is found, nothing changes. All ranks take the
 * same checkpoint: a part that one of them cannot read makes it corrupt for all.
 *
 * @param latents The latents of this rank; by default all.
 * @throws {Error} if there is no readable checkpoint.
 */
export async function findCheckpoint(
  path: string,
  ranks: Ranks = new Ranks(),
  latents?: Range,
): Promise<FoundCheckpoint> {
  const read = (path: string) => ranks.together(() => readSavedCheckpoint(path, latents));
  if (await ranks.onFirst(() => isFile(path))) return { path, checkpoint: await read(path) };
  const folder = `${path}/${RUN_FILES.checkpoints}`;
  const candidates = await ranks.onFirst(() => listCheckpoints(folder));
  const broken: string[] = [];
  for (const candidate of candidates) {
    let checkpoint: Checkpoint;
    try {
      checkpoint = await read(candidate.path);
    } catch (error) {
      if (!ranks.isCommon(error)) throw error;
      console.error(describeError(error));
      broken.push(candidate.path);
      continue;
    }
    for (const each of ranks.isFirst ? broken : []) await setAside(each);
    return { path: candidate.path, checkpoint };
  }
  throw new Error(
    `Cannot resume the run in ${path}: ` +
      (candidates.length > 0 ? "none of its checkpoints can be read" : NO_CHECKPOINT),
  );
}

/** Returns whether a checkpoint belongs to the run in a folder. */
export async function isWithin(checkpoint: string, runFolder: string): Promise<boolean> {
  try {
    const folder = await realpath(`${runFolder}/${RUN_FILES.checkpoints}`);
    const path = await realpath(checkpoint);
    // A separator must follow: `checkpoints-old` begins with `checkpoints`, too.
    return path.startsWith(folder) && /^[/\\]/.test(path.slice(folder.length));
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Renames a corrupt checkpoint, so that it neither counts as one nor is tried again. */
async function setAside(path: string): Promise<void> {
  try {
    await rename(path, `${path}.broken`);
    console.error(`It is now ${path}.broken`);
  } catch (error) {
    // The folder may be read-only: the checkpoint is skipped all the same.
    console.error(`Cannot rename ${path}: ${describeError(error)}`);
  }
}

/** Moves the checkpoints after a step to another folder, which is made. */
export async function moveCheckpoints(from: string, to: string, afterStep: number): Promise<void> {
  for (const { path, step } of await listCheckpoints(from)) {
    if (step <= afterStep) continue;
    await makeFolder(to);
    await moveCheckpoint(path, to);
  }
}

const nameOf = (path: string): string => path.slice(path.search(/[^/\\]*$/));

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
