/**
 * The checkpoints in the folder of a run.
 *
 * @module
 */
import { readdir, realpath, rename, stat, unlink } from "node:fs/promises";
import { type Checkpoint, checkpointChunks, readCheckpoint } from "@matryoshka/sae";
import {
  isMissing,
  openFile,
  removeTemporaryFiles,
  writeFileAtomically,
} from "@matryoshka/sae/files";
import { describeError } from "../terminal/failure.ts";
import { scoped } from "../terminal/scope.ts";
import { makeFolder } from "./folders.ts";
import { RUN_FILES } from "./run_folder.ts";

const NAME = /^step-(\d{8,})\.safetensors$/;

const NO_CHECKPOINT = "it holds no checkpoint; --checkpoint-every saves them, and --init goes on " +
  "from the autoencoder of a finished run";

/** A checkpoint, and where it was found. */
export interface FoundCheckpoint {
  readonly path: string;
  readonly checkpoint: Checkpoint;
}

/** The folder in that of a run that holds the newest few of its checkpoints. */
export class CheckpointFolder {
  readonly #path: string;
  readonly #keep: number;
  readonly #protectedStep?: number;

  /**
   * Keeps the newest `keep` checkpoints, and that after step `protectedStep`, if there is one: a finished run that is
   * being extended must not lose its own. The folder is made when the first checkpoint is saved.
   */
  constructor(runFolder: string, keep: number, protectedStep?: number) {
    this.#path = `${runFolder}/${RUN_FILES.checkpoints}`;
    this.#keep = keep;
    this.#protectedStep = protectedStep;
  }

  /** Writes a checkpoint completely or not at all, then removes the oldest ones, and returns its path. */
  async save(checkpoint: Checkpoint): Promise<string> {
    const name = `step-${`${checkpoint.trainer.step}`.padStart(8, "0")}.safetensors`;
    try {
      await makeFolder(this.#path);
    } catch (cause) {
      throw new Error(`Cannot make the folder ${this.#path}: ${describeError(cause)}`, { cause });
    }
    const path = `${this.#path}/${name}`;
    await writeFileAtomically(path, checkpointChunks(checkpoint));
    // The checkpoint just written stays even if others have higher step numbers.
    const others = (await checkpointNames(this.#path)).filter((other) =>
      other !== name && stepOf(other) !== this.#protectedStep
    );
    for (const other of others.slice(this.#keep - 1)) {
      // The new checkpoint is written, so failing to remove an old one is only a warning.
      await unlink(`${this.#path}/${other}`)
        .catch((error) => console.error(`Cannot remove ${other}: ${describeError(error)}`));
    }
    return path;
  }

  /** Returns whether the folder holds no checkpoint. */
  async isEmpty(): Promise<boolean> {
    return (await checkpointNames(this.#path)).length === 0;
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
    for (const name of await checkpointNames(this.#path)) {
      await unlink(`${this.#path}/${name}`);
    }
  }
}

/**
 * Reads the checkpoint at a path: a file, or the newest readable checkpoint of a run's folder. Corrupt checkpoints
 * are reported, and renamed once a readable one has been found; if none is found, nothing changes.
 *
 * @throws {Error} if there is no readable checkpoint.
 */
export async function findCheckpoint(path: string): Promise<FoundCheckpoint> {
  if (await isFile(path)) return { path, checkpoint: await read(path) };
  const folder = `${path}/${RUN_FILES.checkpoints}`;
  const names = await checkpointNames(folder);
  const broken: string[] = [];
  for (const name of names) {
    const candidate = `${folder}/${name}`;
    let checkpoint: Checkpoint;
    try {
      checkpoint = await read(candidate);
    } catch (error) {
      console.error(describeError(error));
      broken.push(candidate);
      continue;
    }
    for (const each of broken) await setAside(each);
    return { path: candidate, checkpoint };
  }
  throw new Error(
    `Cannot resume the run in ${path}: ` +
      (names.length > 0 ? "none of its checkpoints can be read" : NO_CHECKPOINT),
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

function read(path: string): Promise<Checkpoint> {
  return scoped(async (scope) => await readCheckpoint(scope.use(await openFile(path))));
}

const stepOf = (name: string): number => Number(name.match(NAME)![1]);

/** Moves the checkpoints after a step to another folder, which is made. */
export async function moveCheckpoints(from: string, to: string, afterStep: number): Promise<void> {
  for (const name of await checkpointNames(from)) {
    if (stepOf(name) <= afterStep) continue;
    await makeFolder(to);
    await rename(`${from}/${name}`, `${to}/${name}`);
  }
}

/** Lists checkpoints, the newest first. */
async function checkpointNames(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.isFile() && NAME.test(entry.name)) names.push(entry.name);
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return names.sort((a, b) => stepOf(b) - stepOf(a));
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
