/**
 * What writing files atomically takes: temporary names, whole writes, and renames that last.
 *
 * @module
 */
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { CALL_BYTES } from "./bytes.ts";

/** Matches the names of temporary files by their end: eight hexadecimal digits and `.tmp`. */
export const TEMPORARY: RegExp = /\.[0-9a-f]{8}\.tmp$/;

/** Returns a temporary name beside a file, in the same folder: a rename is atomic only within one file system. */
export function temporaryName(path: string, mark = crypto.randomUUID().slice(0, 8)): string {
  return `${path}.${mark}.tmp`;
}

/** Writes all bytes, at the file's own position or at the one given. */
export async function writeAll(
  file: FileHandle,
  bytes: Uint8Array,
  position?: number,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const most = Math.min(bytes.length - done, CALL_BYTES);
    const at = position === undefined ? null : position + done;
    done += (await file.write(bytes, done, most, at)).bytesWritten;
  }
}

/**
 * Flushes the folder of a file, so that a rename in it survives a power cut. Windows cannot open folders, and some
 * file systems cannot flush them; the rename is done in any case.
 */
export async function syncFolder(path: string): Promise<void> {
  try {
    const opened = await open(dirname(path), "r");
    await opened.sync().finally(() => opened.close());
  } catch {
    // The rename is done; only its durability is less certain.
  }
}
