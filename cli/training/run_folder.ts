import { jsonText } from "../terminal/json.ts";
import { encodeNativeSae } from "../../src/io/formats/native_writing.ts";
import type { NativeSae } from "../../src/io/formats/native_layout.ts";
import { removeTemporaryFiles, writeFileAtomically } from "../../src/io/sources/files.ts";

const SAE = "sae.safetensors", RECORD = "run.json";

/** The folder that a training run leaves: the autoencoder and the record of the run. */
export class RunFolder {
  private constructor(readonly path: string) {}

  /**
   * Makes the folder if need be, and makes sure that it can be written to before the work begins.
   *
   * @throws {Error} if it holds a run that is not to be replaced, or cannot be written to.
   */
  static async open(path: string, replace: boolean): Promise<RunFolder> {
    for (const name of replace ? [] : [SAE, RECORD]) {
      if (!await exists(`${path}/${name}`)) continue;
      throw new Error(
        `Cannot write a run to ${path}: it holds ${name} already; --force replaces it`,
      );
    }
    try {
      await Deno.mkdir(path, { recursive: true });
      // A kill may come in between, so the name is one that is cleaned up.
      const probe = `${path}/writable.${crypto.randomUUID().slice(0, 8)}.tmp`;
      await Deno.writeFile(probe, new Uint8Array(0), { createNew: true });
      await Deno.remove(probe);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : cause;
      throw new Error(`Cannot write a run to ${path}: ${reason}`, { cause });
    }
    await removeTemporaryFiles(path);
    return new RunFolder(path);
  }

  /** Writes both files, each at once or not at all, and gives their paths. */
  async save(sae: NativeSae, record: object): Promise<string[]> {
    const path = `${this.path}/${SAE}`;
    await writeFileAtomically(path, encodeNativeSae(sae));
    return [path, await this.saveRecord(record)];
  }

  /** Writes the record alone, in place of an earlier one. */
  async saveRecord(record: object): Promise<string> {
    const path = `${this.path}/${RECORD}`;
    const text = jsonText(record) + "\n";
    await writeFileAtomically(path, new TextEncoder().encode(text));
    return path;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}
