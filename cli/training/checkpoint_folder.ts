/**
 * The checkpoints of a run.
 *
 * @module
 */
import { type Checkpoint, checkpointChunks, readCheckpoint } from "../../mod.ts";
import { openFile, removeTemporaryFiles, writeFileAtomically } from "../../src/io/sources/files.ts";
import { describeError } from "../terminal/failure.ts";

/** Within the folder of the run. */
const FOLDER = "checkpoints";
const NAME = /^step-(\d{8,})\.safetensors$/;

/** A checkpoint, and where it was found. */
export interface FoundCheckpoint {
  readonly path: string;
  readonly checkpoint: Checkpoint;
}

/** The folder `checkpoints` in that of a run: the newest few of its checkpoints, and nothing half-written. */
export class CheckpointFolder {
  readonly #path: string;
  readonly #keep: number;

  /** `keep` checkpoints stay. Nothing is made before the first is saved. */
  constructor(runFolder: string, keep: number) {
    this.#path = `${runFolder}/${FOLDER}`;
    this.#keep = keep;
  }

  /** Writes one, at once or not at all; then, and only then, the oldest make room. */
  async save(checkpoint: Checkpoint): Promise<string> {
    const name = `step-${`${checkpoint.trainer.step}`.padStart(8, "0")}.safetensors`;
    try {
      await Deno.mkdir(this.#path, { recursive: true });
    } catch (cause) {
      throw new Error(`Cannot make the folder ${this.#path}: ${describeError(cause)}`, { cause });
    }
    const path = `${this.#path}/${name}`;
    await writeFileAtomically(path, checkpointChunks(checkpoint));
    // The one just written stays whatever others call themselves newer.
    const others = (await checkpointNames(this.#path)).filter((other) => other !== name);
    for (const other of others.slice(this.#keep - 1)) {
      // The new one is there: that an old one cannot go is no failure.
      await Deno.remove(`${this.#path}/${other}`)
        .catch((error) => console.error(`Cannot remove ${other}: ${describeError(error)}`));
    }
    return path;
  }

  /** Whether there is any. */
  async isEmpty(): Promise<boolean> {
    return (await checkpointNames(this.#path)).length === 0;
  }

  /** Removes what killed processes have left half-written. */
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
      await Deno.remove(`${this.#path}/${name}`);
    }
  }
}

/**
 * The checkpoint at a path: a file, or the newest readable one of a run's folder. Those that cannot be read
 * are named, and set aside under another name once there is one that can: else nothing is changed.
 *
 * @throws {Error} if there is none.
 */
export async function findCheckpoint(path: string): Promise<FoundCheckpoint> {
  if (await isFile(path)) return { path, checkpoint: await read(path) };
  const folder = `${path}/${FOLDER}`;
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
      (names.length > 0 ? "none of its checkpoints can be read" : "it holds no checkpoint"),
  );
}

/** Whether a checkpoint that was found is one of the run in a folder. */
export async function isWithin(checkpoint: string, runFolder: string): Promise<boolean> {
  try {
    const folder = await Deno.realPath(`${runFolder}/${FOLDER}`);
    const path = await Deno.realPath(checkpoint);
    // Not a folder of which the name goes on.
    return path.startsWith(folder) && /^[/\\]/.test(path.slice(folder.length));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Renames a file, so that it neither counts among those kept nor is tried again. */
async function setAside(path: string): Promise<void> {
  try {
    await Deno.rename(path, `${path}.broken`);
    console.error(`It is now ${path}.broken`);
  } catch (error) {
    // In a folder that is only read from, it may stay.
    console.error(`Cannot rename ${path}: ${describeError(error)}`);
  }
}

async function read(path: string): Promise<Checkpoint> {
  await using file = await openFile(path);
  return await readCheckpoint(file);
}

/** Newest first. */
async function checkpointNames(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (isFile && NAME.test(name)) names.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const stepOf = (name: string) => Number(name.match(NAME)![1]);
  return names.sort((a, b) => stepOf(b) - stepOf(a));
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
