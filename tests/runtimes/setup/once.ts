/** Makes a folder once, however many test files ask for it at the same time. */

/** Where everything that the tests of runtimes make is kept; git ignores it. */
export const OUT: URL = new URL("../../../out/runtimes/", import.meta.url);

/**
 * A folder with these contents, which an earlier run may have made.
 *
 * @param kind What it is; of each kind only the newest is kept.
 * @param key What its contents depend on.
 * @param make Fills an empty folder.
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

/** Whether there is such a file or folder. */
export async function exists(path: URL | string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
