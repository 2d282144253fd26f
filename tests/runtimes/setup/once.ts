/** Makes a folder once, even if several test files need it at the same time. */

/** The folder of everything that the tests of runtimes make; git ignores it. */
export const OUT: URL = new URL("../../../out/runtimes/", import.meta.url);

/**
 * Returns a folder, which an earlier run may have made.
 *
 * @param kind Names the folder; only the newest of each kind is kept.
 * @param key Everything that the contents depend on.
 * @param make Fills the empty folder.
 */
export async function madeOnce(
  kind: string,
  key: string,
  make: (folder: URL) => Promise<void>,
): Promise<URL> {
  await Deno.mkdir(OUT, { recursive: true });
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  const name = `${kind}-${new Uint8Array(digest).toHex().slice(0, 12)}`;
  const folder = new URL(`${name}/`, OUT);
  using lock = await Deno.open(new URL(`${kind}.lock`, OUT), { create: true, write: true });
  await lock.lock(true);
  try {
    if (await exists(new URL("complete", folder))) return folder;
    for await (const entry of Deno.readDir(OUT)) {
      const stale = entry.isDirectory && entry.name.startsWith(`${kind}-`);
      if (stale) await Deno.remove(new URL(entry.name, OUT), { recursive: true });
    }
    await Deno.mkdir(folder);
    await make(folder);
    await Deno.writeTextFile(new URL("complete", folder), "");
    return folder;
  } finally {
    await lock.unlock();
  }
}

/** Returns whether a file or folder exists. */
export async function exists(path: URL | string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
