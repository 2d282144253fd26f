/**
 * Writes files and folders completely or not at all, and replaces existing ones only with --force.
 *
 * @module
 */
import type { Stats } from "node:fs";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { failureReason, isMissing, writeFileAtomically } from "@matryoshka/sae/files";
import { makeFolder } from "./folders.ts";

/** The contents of files, by their names. */
export type OutputFiles = Readonly<Record<string, Uint8Array>>;

async function look(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new Error(`Cannot write ${path}: ${failureReason(error)}`, { cause: error });
  }
}

/**
 * Throws unless a file may be written at `path`: nothing is there, or a regular file and `force` is true. A link
 * to a file counts as that file, and is replaced.
 */
export async function checkOutputFile(path: string, force: boolean): Promise<void> {
  const found = await look(path);
  if (found === undefined) return;
  if (!found.isFile()) throw new Error(`Cannot write ${path}: it exists and is not a regular file`);
  if (!force) throw new Error(`Cannot write ${path}: it exists already; --force replaces it`);
}

/**
 * Throws unless a folder may be written at `path`: nothing is there, or an empty folder, or `force` is true and the
 * folder holds only files with these names. `force` never deletes other files.
 */
export async function checkOutputFolder(
  path: string,
  force: boolean,
  replaceable: readonly string[],
): Promise<void> {
  const found = await look(path);
  if (found === undefined) return;
  if (!found.isDirectory()) throw new Error(`Cannot write ${path}: it exists and is not a folder`);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const { name } = entry;
    if (!force) {
      throw new Error(
        `Cannot write ${path}: it holds ${name} already; --force replaces the folder`,
      );
    }
    if (entry.isFile() && replaceable.includes(name)) continue;
    throw new Error(
      `Cannot replace the folder ${path}: it holds ${name}, which is not a file of an autoencoder`,
    );
  }
}

/**
 * Writes a folder so that others see the old one or the new one, never a part: the new folder is made beside its
 * target, flushed and renamed. After a failure the old folder is unchanged, and nothing else is left.
 */
export function writeFolder(path: string, files: OutputFiles): Promise<void> {
  return replaceFolder(path, async (temporary) => {
    await makeFolder(temporary);
    for (const [name, bytes] of Object.entries(files)) {
      await writeFileAtomically(`${temporary}/${name}`, bytes);
    }
  });
}

/** Does the same with a folder that `write` makes, and flushes if need be, under the name that it is given. */
export async function replaceFolder(
  path: string,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  const place = path.replace(/[/\\]+$/, "");
  const id = crypto.randomUUID().slice(0, 8);
  const temporary = `${place}.${id}.tmp`, old = `${place}.${id}.old`;
  try {
    await write(temporary);
    // A folder that holds files cannot be the target of a rename.
    const replaced = await stat(place).then(() => true, () => false);
    if (replaced) await rename(place, old);
    try {
      await rename(temporary, place);
    } catch (error) {
      if (replaced) await rename(old, place);
      throw error;
    }
    if (replaced) await rm(old, { recursive: true });
  } catch (cause) {
    await rm(temporary, { recursive: true }).catch(() => {});
    const message = failureReason(cause).replaceAll(temporary, place);
    const whole = message.startsWith("Cannot write ");
    throw new Error(whole ? message : `Cannot write ${path}: ${message}`, { cause });
  }
}
