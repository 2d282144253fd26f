/**
 * Reads and writes files through Deno. This module needs Deno's API, so it has an entry of its own:
 * `@matryoshka/sae/files`. Browsers have `sourceFromBlob`.
 *
 * @example Read activations from a file, a batch at a time
 * ```ts
 * import { activationBatches, encodeSafetensors } from "@matryoshka/sae";
 * import { openFile, writeFileAtomically } from "@matryoshka/sae/files";
 * import { assertEquals } from "@std/assert";
 *
 * const path = await Deno.makeTempFile({ suffix: ".safetensors" });
 * const data = Float32Array.from({ length: 100 * 8 }, (_, i) => i);
 * await writeFileAtomically(path, encodeSafetensors({ activations: { shape: [100, 8], data } }));
 *
 * let rows = 0;
 * {
 *   await using file = await openFile(path);
 *   for await (const batch of activationBatches([file], { batchRows: 25 })) rows += batch.length / 8;
 * }
 * await Deno.remove(path);
 * assertEquals(rows, 100);
 * ```
 *
 * @module
 */
import { type ByteSource, checkByteRange, shortRead } from "./bytes.ts";

export type { ByteSource };

/** A file that is open for reading. Close it, or declare it with `await using`. */
export interface FileSource extends ByteSource, AsyncDisposable {
  /** Closes the file when all pending reads are done. Closing twice is allowed. */
  close(): Promise<void>;
}

const reason = (error: unknown): string => error instanceof Error ? error.message : String(error);

class OpenFile implements FileSource {
  readonly name: string;
  readonly size: number;
  #file: Deno.FsFile | undefined;
  // Seek and read are two calls that share one position, so reads wait for each other.
  #last: Promise<unknown> = Promise.resolve();

  constructor(name: string, size: number, file: Deno.FsFile) {
    this.name = name;
    this.size = size;
    this.#file = file;
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    const result = this.#last.then(() => this.#readNow(offset, length));
    this.#last = result.catch(() => {});
    return result;
  }

  async #readNow(offset: number, length: number): Promise<Uint8Array> {
    checkByteRange(this.name, this.size, offset, length);
    if (this.#file === undefined) {
      throw new TypeError(
        `Cannot read bytes ${offset} to ${offset + length} of ${this.name}: it is closed`,
      );
    }
    let bytes: Uint8Array;
    let got = 0;
    try {
      // Within `try`: a sparse file can claim any length, more than memory holds.
      bytes = new Uint8Array(length);
      await this.#file.seek(offset, Deno.SeekMode.Start);
      while (got < length) {
        const count = await this.#file.read(bytes.subarray(got));
        if (count === null) break;
        got += count;
      }
    } catch (cause) {
      throw new Error(
        `Cannot read bytes ${offset} to ${offset + length} of ${this.name}: ${reason(cause)}`,
        { cause },
      );
    }
    if (got < length) throw shortRead(this.name, offset, length, got);
    return bytes;
  }

  async close(): Promise<void> {
    await this.#last;
    this.#file?.close();
    this.#file = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Opens a file for reading at any position.
 *
 * @param path the file; also its name in errors.
 * @throws {Error} if it cannot be opened; the message gives the system's reason.
 * @throws {TypeError} if it is a folder or a device.
 */
export async function openFile(path: string): Promise<FileSource> {
  let file: Deno.FsFile | undefined;
  try {
    file = await Deno.open(path, { read: true });
    const { isFile, size } = await file.stat();
    if (isFile) return new OpenFile(path, size, file);
  } catch (cause) {
    file?.close();
    throw new Error(`Cannot open ${path}: ${reason(cause)}`, { cause });
  }
  file.close();
  throw new TypeError(`Cannot open ${path}: it is not a regular file`);
}

/**
 * Flushes the folder of a file, so that a rename in it survives a power cut. Windows cannot open folders, and some
 * file systems cannot flush them; the rename is done in any case.
 */
async function syncFolder(path: string): Promise<void> {
  const folder = path.replace(/[^/\\]*$/, "") || ".";
  try {
    using opened = await Deno.open(folder, { read: true });
    await opened.sync();
  } catch {
    // The rename is done; only its durability is less certain.
  }
}

/** Matches the names of temporary files by their end: eight hexadecimal digits and `.tmp`. */
const TEMPORARY = /\.[0-9a-f]{8}\.tmp$/;

/**
 * Removes the temporary files that {@linkcode writeFileAtomically} leaves in a folder when its process is killed.
 * Call it when no process writes there.
 *
 * @param folder the folder; if it does not exist, nothing is removed.
 * @returns the names of the removed files, sorted.
 * @throws {Error} if the folder cannot be read or a file cannot be removed; the message gives the reason.
 *
 * @example
 * ```ts
 * import { removeTemporaryFiles } from "@matryoshka/sae/files";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${folder}/sae.safetensors.0123abcd.tmp`, "half a file");
 * assertEquals(await removeTemporaryFiles(folder), ["sae.safetensors.0123abcd.tmp"]);
 * await Deno.remove(folder);
 * ```
 */
export async function removeTemporaryFiles(folder: string): Promise<string[]> {
  const removed: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (!isFile || !TEMPORARY.test(name)) continue;
      await Deno.remove(`${folder}/${name}`);
      removed.push(name);
    }
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return removed.sort();
    throw new Error(`Cannot clean up ${folder}: ${reason(cause)}`, { cause });
  }
  return removed.sort();
}

/**
 * Writes a file atomically: readers see the old content or the new content, never a part. A temporary file in the
 * same folder is written, flushed to the disk and renamed; then the folder is flushed. On failure the temporary
 * file is removed and the old file is unchanged.
 *
 * @param path the file to create or replace.
 * @param content its bytes, whole or in pieces.
 * @throws {Error} that names the path and the reason; its `cause` is the original error.
 */
export async function writeFileAtomically(
  path: string,
  content: Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  // In the same folder: a rename is atomic only within one file system.
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  let made = false;
  try {
    {
      using file = await Deno.open(temporary, { write: true, createNew: true });
      made = true;
      for await (const chunk of content instanceof Uint8Array ? [content] : content) {
        if (!(chunk instanceof Uint8Array)) {
          throw new TypeError(`a chunk must be a Uint8Array but is ${typeof chunk}`);
        }
        for (let done = 0; done < chunk.length;) done += await file.write(chunk.subarray(done));
      }
      await file.sync();
    }
    await Deno.rename(temporary, path);
    await syncFolder(path);
  } catch (cause) {
    if (made) await Deno.remove(temporary).catch(() => {});
    throw new Error(`Cannot write ${path}: ${reason(cause)}`, { cause });
  }
}
