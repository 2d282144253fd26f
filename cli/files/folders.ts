import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isMissing } from "@matryoshka/sae/files";

/**
 * Makes a folder and those above it that are missing; an existing one is left as it is. Node's own recursive `mkdir`
 * never ends on some file systems that refuse folders, and on others it reports another reason.
 *
 * @throws {Error} with the system's reason, or if something that is not a folder has the name.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) return;
    if (found) throw new Error("it exists and is not a folder", { cause: error });
    const parent = dirname(path);
    const parentMissing = parent !== path && await stat(parent).then(() => false, isMissing);
    if (!parentMissing) throw error;
    await makeFolder(parent);
    await mkdir(path);
  }
}
