/**
 * The folder of a training run.
 *
 * @module
 */
import { lstat, unlink, writeFile } from "node:fs/promises";
import { saveSae } from "@matryoshka/sae";
import {
  removeTemporaryFiles,
  type SaeShare,
  writeFileAtomically,
  writeSaeInTurn,
} from "@matryoshka/sae/files";
import { Ranks } from "../ranks/ranks.ts";
import { makeFolder } from "./folders.ts";
import { describeError } from "../terminal/failure.ts";
import { jsonText } from "../terminal/json.ts";

/** The names of what a run leaves in its folder. */
export const RUN_FILES = {
  sae: "sae.safetensors",
  record: "run.json",
  checkpoints: "checkpoints",
  activity: "activity.json",
  report: "report.html",
} as const;

/** The folder in which a training run saves the autoencoder and the record of the run. */
export class RunFolder {
  private constructor(readonly path: string, readonly ranks: Ranks) {}

  /**
   * Makes the folder if need be, and makes sure before the work begins that every rank can write to it.
   *
   * @throws {Error} if it holds a run and `replace` is false, or if it cannot be written to.
   */
  static async open(
    path: string,
    replace: boolean,
    ranks: Ranks = new Ranks(),
  ): Promise<RunFolder> {
    await ranks.onFirst(() => prepareFolder(path, replace));
    // Rank 0 has removed temporary files, and would remove those of others by which they try the folder.
    await ranks.together(() => ranks.isFirst ? undefined : tryToWrite(path));
    return new RunFolder(path, ranks);
  }

  /** Returns a folder that rank 0 has opened. */
  static of(path: string, ranks: Ranks): RunFolder {
    return new RunFolder(path, ranks);
  }

  /**
   * Writes the autoencoder and the record, each completely or not at all, and returns their paths.
   *
   * @param share The latents of this rank, or undefined if another rank has the same.
   */
  async save(share: SaeShare | undefined, record: object): Promise<string[]> {
    const path = `${this.path}/${RUN_FILES.sae}`;
    const { communicator } = this.ranks;
    await this.ranks.together(() =>
      communicator
        ? writeSaeInTurn(path, share, communicator)
        : writeFileAtomically(path, saveSae(share!.sae, "native")["sae.safetensors"])
    );
    return [path, await this.saveRecord(record)];
  }

  /** Writes the record alone, in place of an earlier one, and returns its path. */
  saveRecord(record: object): Promise<string> {
    return this.ranks.onFirst(async () => {
      const path = `${this.path}/${RUN_FILES.record}`;
      const text = jsonText(record) + "\n";
      await writeFileAtomically(path, new TextEncoder().encode(text));
      return path;
    });
  }
}

async function prepareFolder(path: string, replace: boolean): Promise<void> {
  for (const name of replace ? [] : [RUN_FILES.sae, RUN_FILES.record]) {
    if (!await exists(`${path}/${name}`)) continue;
    throw new Error(
      `Cannot write a run to ${path}: it holds ${name} already; --force replaces it`,
    );
  }
  try {
    await makeFolder(path);
  } catch (cause) {
    throw new Error(`Cannot write a run to ${path}: ${describeError(cause)}`, { cause });
  }
  await tryToWrite(path);
  await removeTemporaryFiles(path);
}

async function tryToWrite(path: string): Promise<void> {
  try {
    // If the process is killed here, removeTemporaryFiles() recognises the name.
    const probe = `${path}/writable.${crypto.randomUUID().slice(0, 8)}.tmp`;
    await writeFile(probe, new Uint8Array(0), { flag: "wx" });
    await unlink(probe);
  } catch (cause) {
    throw new Error(`Cannot write a run to ${path}: ${describeError(cause)}`, { cause });
  }
}

/** Returns whether a file is there. A path that cannot be looked at will fail with its reason when it is written. */
async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(() => true, () => false);
}
