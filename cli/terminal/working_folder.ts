/**
 * The folder that paths are relative to.
 *
 * @module
 */
import { realpathSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

/**
 * Changes to the folder where the user stands. `deno task` runs in the folder of its `deno.json`, here the root of the
 * clone, and leaves the user's folder in the environment variable INIT_CWD. Elsewhere INIT_CWD may come from another
 * program, such as the npm script that runs this one in a folder of its own, and is ignored.
 */
export function enterUsersFolder(): void {
  const root = new URL("../../", import.meta.url);
  try {
    if (root.protocol !== "file:") return;
    if (realpathSync(process.cwd()) !== realpathSync(fileURLToPath(root))) return;
    const folder = process.env.INIT_CWD;
    if (folder) process.chdir(folder);
  } catch {
    // Without permission, or if the folder is gone, paths are relative to the working folder as it is.
  }
}
