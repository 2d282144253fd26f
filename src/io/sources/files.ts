/**
 * Files through Deno, as byte sources for the readers. This is the one part of the library that knows a
 * platform, which is why it is a module of its own: `@matryoshka/sae/files`. Browsers have `sourceFromBlob`.
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

/** A file open for reading. Close it, or hold it with `await using`. */
export interface FileSource extends ByteSource, AsyncDisposable {
  /** Closes the file after the reads under way. Closing twice is allowed. */
  close(): Promise<void>;
}

const reason = (error: unknown): string => error instanceof Error ? error.message : String(error);

class OpenFile implements FileSource {
  readonly name: string;
  readonly size: number;
  #file: Deno.FsFile | undefined;
  // Seek and read are two calls on one position, so reads wait for each other.
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
    let bytes: Uint8Array, got = 0;
    try {
      // A file may claim any length: one with holes takes no room on the disk.
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
 * Opens a file for reading at any place.
 *
 * @param path the file; errors call it by this path.
 * @throws {Error} where it cannot be opened, with the system's reason.
 * @throws {TypeError} where it is a folder or a device.
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
 * Flushes the folder of a file, so that a rename in it outlives a power cut. Windows opens no folders, and
 * some file systems cannot flush them; the rename has been done all the same.
 */
async function syncFolder(path: string): Promise<void> {
  const folder = path.replace(/[^/\\]*$/, "") || ".";
  try {
    using opened = await Deno.open(folder, { read: true });
    await opened.sync();
  } catch {
    // See above.
  }
}

/** Ends the names of temporary files: eight hexadecimal digits between two dots. */
const TEMPORARY = /\.[0-9a-f]{8}\.tmp$/;

/**
 * Removes what {@linkcode writeFileAtomically} has left behind in a folder where its process was killed. Call it
 * when nobody is writing there.
 *
 * @param folder where to look; a folder that is not there holds none.
 * @returns the names of the files removed, sorted.
 * @throws {Error} naming the folder and the reason, where it cannot be read or a file not removed.
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
 * Writes a file so that whoever looks sees the old content or the new, never a part: a temporary
 * file in the same folder is written, flushed to the disk and renamed, and the folder flushed. After a failure the
 * temporary file is gone and the old file is as it was.
 *
 * @param path the file to make or replace.
 * @param content its bytes, or chunks of them.
 * @throws {Error} naming the path and the reason; its `cause` is the original error.
 */
export async function writeFileAtomically(
  path: string,
  content: Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  // Beside the target: a rename is atomic only within one file system.
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
