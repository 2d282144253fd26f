/**
 * The folder of a training run.
 *
 * @module
 */
import { lstat, unlink, writeFile } from "node:fs/promises";
import { type Sae, saveSae } from "@matryoshka/sae";
import { removeTemporaryFiles, writeFileAtomically } from "@matryoshka/sae/files";
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
  private constructor(readonly path: string) {}

  /**
   * Makes the folder if need be, and makes sure before the work begins that it can be written to.
   *
   * @throws {Error} if it holds a run and `replace` is false, or if it cannot be written to.
   */
  static async open(path: string, replace: boolean): Promise<RunFolder> {
    for (const name of replace ? [] : [RUN_FILES.sae, RUN_FILES.record]) {
      if (!await exists(`${path}/${name}`)) continue;
      throw new Error(
        `Cannot write a run to ${path}: it holds ${name} already; --force replaces it`,
      );
    }
    try {
      await makeFolder(path);
      // If the process is killed here, removeTemporaryFiles() recognises the name.
      const probe = `${path}/writable.${crypto.randomUUID().slice(0, 8)}.tmp`;
      await writeFile(probe, new Uint8Array(0), { flag: "wx" });
      await unlink(probe);
    } catch (cause) {
      throw new Error(`Cannot write a run to ${path}: ${describeError(cause)}`, { cause });
    }
    await removeTemporaryFiles(path);
    return new RunFolder(path);
  }

  /** Writes both files, each completely or not at all, and returns their paths. */
  async save(sae: Sae, record: object): Promise<string[]> {
    const path = `${this.path}/${RUN_FILES.sae}`;
    await writeFileAtomically(path, saveSae(sae, "native")["sae.safetensors"]);
    return [path, await this.saveRecord(record)];
  }

  /** Writes the record alone, in place of an earlier one, and returns its path. */
  async saveRecord(record: object): Promise<string> {
    const path = `${this.path}/${RUN_FILES.record}`;
    const text = jsonText(record) + "\n";
    await writeFileAtomically(path, new TextEncoder().encode(text));
    return path;
  }
}

/** Returns whether a file is there. A path that cannot be looked at will fail with its reason when it is written. */
async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(() => true, () => false);
}
