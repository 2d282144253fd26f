/**
 * The calls of the file system that files of ranks need. Tests replace some of them by ones that fail.
 *
 * @module
 */
import { mkdir, open, readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import type { FilePart } from "../../io/formats/native_share.ts";
import { syncFolder, writeAll } from "../../io/sources/disk.ts";
import { isMissing } from "../../io/sources/failure_reason.ts";
import { writeFileAtomically } from "../../io/sources/files.ts";

/** See {@linkcode DISK}. */
export interface Disk {
  /** Writes a file whole or not at all. */
  write(path: string, content: Iterable<Uint8Array>): Promise<void>;
  /** Writes parts of a file, which is made if `create` is true and must exist otherwise, and flushes them. */
  writeParts(path: string, parts: readonly FilePart[], create: boolean): Promise<void>;
  /** Renames a complete file of this length, for good. */
  publish(temporary: string, path: string, byteLength: number): Promise<void>;
  /** Removes a file; one that is missing is removed already. */
  remove(path: string): Promise<void>;
  /** Moves a file within its file system. */
  move(path: string, to: string): Promise<void>;
  /** Returns the names in a folder, none if it does not exist. */
  list(folder: string): Promise<string[]>;
  /** Returns the text of a file. */
  readText(path: string): Promise<string>;
  /** Makes a folder, and those above it, unless it exists. */
  makeFolder(path: string): Promise<void>;
}

/** The file system. */
export const DISK: Disk = {
  write: (path, content) => writeFileAtomically(path, content),
  async writeParts(path, parts, create) {
    const file = await open(path, create ? "wx" : "r+");
    try {
      for (const { offset, bytes } of parts) await writeAll(file, bytes, offset);
      await file.sync();
    } finally {
      // Network file systems report some failures only here.
      await file.close();
    }
  },
  async publish(temporary, path, byteLength) {
    const file = await open(temporary, "r+");
    try {
      const { size } = await file.stat();
      if (size !== byteLength) throw new Error(`it has ${size} bytes instead of ${byteLength}`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(path);
  },
  async remove(path) {
    await unlink(path).catch((error) => {
      if (!isMissing(error)) throw error;
    });
  },
  move: (path, to) => rename(path, to),
  async list(folder) {
    return await readdir(folder).catch((error) => {
      if (isMissing(error)) return [];
      throw error;
    });
  },
  readText: (path) => readFile(path, "utf8"),
  makeFolder,
};

/** See `makeFolder` of the command line: Node's own recursive `mkdir` never ends on some file systems. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if ((await stat(path).catch(() => undefined))?.isDirectory()) return;
    if (!isMissing(error) || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    // Another rank may have been faster.
    await mkdir(path).catch((error) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
}
