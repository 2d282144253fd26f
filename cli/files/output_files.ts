/**
 * What commands leave on the disk: whole or not at all, and nothing replaced unasked.
 *
 * @module
 */
import { writeFileAtomically } from "@matryoshka/sae/files";

/** Files by their names. */
export type OutputFiles = Readonly<Record<string, Uint8Array>>;

const reason = (error: unknown): string => error instanceof Error ? error.message : String(error);

async function look(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new Error(`Cannot write ${path}: ${reason(error)}`, { cause: error });
  }
}

/**
 * Throws unless a file may be written there: nothing is, or a regular file and `force` is true.
 * A link stays a link only if nothing is behind it, for the file is put in its place.
 */
export async function checkOutputFile(path: string, force: boolean): Promise<void> {
  const found = await look(path);
  if (found === undefined) return;
  if (!found.isFile) throw new Error(`Cannot write ${path}: it is there and is no regular file`);
  if (!force) throw new Error(`Cannot write ${path}: it is there already; --force replaces it`);
}

/**
 * Throws unless a folder may be written there: nothing is, or an empty folder, or `force` is true and all
 * that it holds are files of these names. Whatever else someone keeps there is not for `force` to delete.
 */
export async function checkOutputFolder(
  path: string,
  force: boolean,
  replaceable: readonly string[],
): Promise<void> {
  const found = await look(path);
  if (found === undefined) return;
  if (!found.isDirectory) throw new Error(`Cannot write ${path}: it is there and is no folder`);
  for await (const { name, isFile } of Deno.readDir(path)) {
    if (!force) {
      throw new Error(
        `Cannot write ${path}: it holds ${name} already; --force replaces the folder`,
      );
    }
    if (isFile && replaceable.includes(name)) continue;
    throw new Error(
      `Cannot replace the folder ${path}: it holds ${name}, which is no file of an autoencoder`,
    );
  }
}

/**
 * Writes a folder so that whoever looks sees the old one or the new, never a part: it is made beside its
 * place, flushed and renamed. After a failure the old one is where it was, and nothing else is left.
 */
export async function writeFolder(path: string, files: OutputFiles): Promise<void> {
  const place = path.replace(/\/+$/, "");
  const id = crypto.randomUUID().slice(0, 8);
  const temporary = `${place}.${id}.tmp`, old = `${place}.${id}.old`;
  try {
    await Deno.mkdir(temporary, { recursive: true });
    for (const [name, bytes] of Object.entries(files)) {
      await writeFileAtomically(`${temporary}/${name}`, bytes);
    }
    // No system renames a folder onto one that holds files.
    const replaced = await Deno.stat(place).then(() => true, () => false);
    if (replaced) await Deno.rename(place, old);
    try {
      await Deno.rename(temporary, place);
    } catch (error) {
      if (replaced) await Deno.rename(old, place);
      throw error;
    }
    if (replaced) await Deno.remove(old, { recursive: true });
  } catch (cause) {
    await Deno.remove(temporary, { recursive: true }).catch(() => {});
    const message = reason(cause).replaceAll(temporary, place);
    const whole = message.startsWith("Cannot write ");
    throw new Error(whole ? message : `Cannot write ${path}: ${message}`, { cause });
  }
}
