/**
 * Reads and writes files in Deno, Node and Bun. This module imports `node:fs/promises`, so it belongs to an entry of its
 * own: `@matryoshka/sae/files`. Browsers have `sourceFromBlob`.
 *
 * @module
 */
import { type FileHandle, open, readdir, rename, unlink } from "node:fs/promises";
import { type ByteSource, CALL_BYTES, checkByteRange, shortRead } from "./bytes.ts";
import { syncFolder, TEMPORARY, temporaryName, writeAll } from "./disk.ts";
import { failureReason, isMissing } from "./failure_reason.ts";

export { type ByteSource, failureReason, isMissing };

/** A file that is open for reading. Close it, or declare it with `await using`. */
export interface FileSource extends ByteSource, AsyncDisposable {
  /** Closes the file when all pending reads are done. Closing twice is allowed. */
  close(): Promise<void>;
}

class OpenFile implements FileSource {
  readonly name: string;
  readonly size: number;
  #file: FileHandle | undefined;
  // Deno reads at a position by seeking, and all reads share the seek, so reads wait for each other.
  #last: Promise<unknown> = Promise.resolve();

  constructor(name: string, size: number, file: FileHandle) {
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
      while (got < length) {
        const most = Math.min(length - got, CALL_BYTES);
        const { bytesRead } = await this.#file.read(bytes, got, most, offset + got);
        if (bytesRead === 0) break;
        got += bytesRead;
      }
    } catch (cause) {
      throw new Error(
        `Cannot read bytes ${offset} to ${offset + length} of ${this.name}: ${
          failureReason(cause)
        }`,
        { cause },
      );
    }
    if (got < length) throw shortRead(this.name, offset, length, got);
    return bytes;
  }

  async close(): Promise<void> {
    await this.#last;
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
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
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const facts = await file.stat();
    if (facts.isFile()) return new OpenFile(path, facts.size, file);
  } catch (cause) {
    await file?.close();
    throw new Error(`Cannot open ${path}: ${failureReason(cause)}`, { cause });
  }
  await file.close();
  throw new TypeError(`Cannot open ${path}: it is not a regular file`);
}

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
 * import { mkdtemp, writeFile } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { removeTemporaryFiles } from "@matryoshka/sae/files";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await mkdtemp(join(tmpdir(), "sae-"));
 * await writeFile(join(folder, "sae.safetensors.0123abcd.tmp"), "half a file");
 * assertEquals(await removeTemporaryFiles(folder), ["sae.safetensors.0123abcd.tmp"]);
 * ```
 */
export async function removeTemporaryFiles(folder: string): Promise<string[]> {
  const removed: string[] = [];
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (!entry.isFile() || !TEMPORARY.test(entry.name)) continue;
      await unlink(`${folder}/${entry.name}`);
      removed.push(entry.name);
    }
  } catch (cause) {
    if (isMissing(cause)) return removed.sort();
    throw new Error(`Cannot clean up ${folder}: ${failureReason(cause)}`, { cause });
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
  const temporary = temporaryName(path);
  let made = false;
  try {
    const file = await open(temporary, "wx");
    made = true;
    try {
      for await (const chunk of content instanceof Uint8Array ? [content] : content) {
        if (!(chunk instanceof Uint8Array)) {
          throw new TypeError(`a chunk must be a Uint8Array but is ${typeof chunk}`);
        }
        await writeAll(file, chunk);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(path);
  } catch (cause) {
    if (made) await unlink(temporary).catch(() => {});
    throw new Error(`Cannot write ${path}: ${failureReason(cause)}`, { cause });
  }
}

export { activationPaths } from "./activation_paths.ts";
