import { type FileHandle, open, readdir, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  codesFileChunks,
  type CodesOrigin,
  type CodesParts,
  type SparseCodes,
} from "@matryoshka/sae";
import {
  failureReason,
  openFile,
  writeCodesInTurn,
  writeFileAtomically,
} from "@matryoshka/sae/files";
import { Ranks } from "../ranks/ranks.ts";
import { type Scope, scoped } from "../terminal/scope.ts";

const PARTS = ["counts", "indices", "values", "scale", "shift"] as const;

/** Matches what comes after the target's name in the names of temporary files. */
const LEFTOVER = new RegExp(`^[0-9a-f]{8}\\.(?:(?:${PARTS.join("|")})\\.)?tmp$`);

/**
 * Collects codes batch by batch for a file. The number of entries is known only at the end, so each array grows in
 * a temporary file beside the target, and `save` joins them, over ranks those of all. Disposing removes the temporary
 * files of this process.
 */
export class CodesOutput implements AsyncDisposable {
  readonly #path: string;
  readonly #latentCount: number;
  readonly #parts: Record<typeof PARTS[number], Part>;
  #normalized = false;

  /** Collects codes of `latentCount` latents for a file at `path`. */
  constructor(path: string, latentCount: number) {
    const id = crypto.randomUUID().slice(0, 8);
    const part = (name: string) => new Part(`${path}.${id}.${name}.tmp`, path);
    this.#path = path;
    this.#latentCount = latentCount;
    this.#parts = {
      counts: part("counts"),
      indices: part("indices"),
      values: part("values"),
      scale: part("scale"),
      shift: part("shift"),
    };
  }

  /**
   * Removes the temporary files of an earlier process that was killed while it encoded to the same path. Call it when no
   * process writes there.
   */
  static async removeLeftovers(path: string): Promise<void> {
    const folder = dirname(path);
    const begin = `${basename(path)}.`;
    // If the folder cannot be read, writing will tell.
    for (const name of await readdir(folder).catch(() => [])) {
      if (!name.startsWith(begin) || !LEFTOVER.test(name.slice(begin.length))) continue;
      await unlink(join(folder, name)).catch(() => {});
    }
  }

  /** Adds the rows of a batch. */
  async append({ rows, rowOffsets, indices, values, rowUnits }: SparseCodes): Promise<void> {
    const parts = this.#parts;
    const counts = Uint32Array.from({ length: rows }, (_, b) => rowOffsets[b + 1] - rowOffsets[b]);
    await parts.counts.append(counts);
    await parts.indices.append(indices);
    await parts.values.append(values);
    this.#normalized = rowUnits !== undefined;
    if (rowUnits === undefined) return;
    await parts.scale.append(rowUnits.scale);
    await parts.shift.append(rowUnits.shift);
  }

  /** Writes the file completely or not at all. Over ranks, it holds the rows of rank 0 first. */
  save(origin: CodesOrigin, ranks: Ranks = new Ranks()): Promise<void> {
    return scoped(async (opened) => {
      const parts = await ranks.together(() => this.#openParts(opened));
      const latentCount = this.#latentCount;
      const { communicator } = ranks;
      if (communicator === undefined) {
        await writeFileAtomically(this.#path, codesFileChunks(latentCount, parts, origin));
        return;
      }
      const share = { latentCount, parts, origin };
      await ranks.together(() => writeCodesInTurn(this.#path, share, communicator));
    });
  }

  async #openParts(opened: Scope): Promise<CodesParts> {
    const { counts, indices, values, scale, shift } = this.#parts;
    const open = async (part: Part) => opened.use(await openFile(await part.finished()));
    return {
      counts: await open(counts),
      indices: await open(indices),
      values: await open(values),
      units: this.#normalized ? [await open(scale), await open(shift)] as const : undefined,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of PARTS) await this.#parts[name].remove();
  }
}

/** A temporary file that grows, made at the first write. */
class Part {
  readonly #path: string;
  readonly #target: string;
  #file: FileHandle | undefined;
  #made = false;

  constructor(path: string, target: string) {
    this.#path = path;
    this.#target = target;
  }

  async append({ buffer, byteOffset, byteLength }: Uint32Array | Float32Array): Promise<void> {
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    try {
      const file = await this.#open();
      for (let done = 0; done < bytes.length;) {
        done += (await file.write(bytes, done)).bytesWritten;
      }
    } catch (cause) {
      throw new Error(`Cannot write ${this.#target}: ${failureReason(cause)}`, { cause });
    }
  }

  async #open(): Promise<FileHandle> {
    this.#file ??= await open(this.#path, "wx");
    this.#made = true;
    return this.#file;
  }

  /** Closes the file, and returns its path. */
  async finished(): Promise<string> {
    const file = await this.#open();
    this.#file = undefined;
    await file.close();
    return this.#path;
  }

  async remove(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
    if (this.#made) await unlink(this.#path).catch(() => {});
    this.#made = false;
  }
}
