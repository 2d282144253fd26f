/**
 * Dawn, Chromium's implementation of WebGPU, as an npm package for Node.
 *
 * @module
 */
import tools from "../../../tests/runtimes/tools/package.json" with { type: "json" };
import { run } from "../../../tests/runtimes/setup/command.ts";
import { exists, madeOnce, OUT } from "../../../tests/runtimes/setup/once.ts";

const PACKAGE = `webgpu@${tools.dependencies.webgpu}`;

/** Returns the folder of the package: with the other tools of tests, or installed alone if they are not. */
export async function dawnFolder(): Promise<string> {
  if (await exists(OUT)) {
    for await (const { name } of Deno.readDir(OUT)) {
      const folder = new URL(`${name}/node_modules/webgpu/`, OUT);
      if (name.startsWith("tools-") && await exists(folder)) return folder.pathname;
    }
  }
  const folder = await madeOnce("dawn", PACKAGE, async (folder) => {
    const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", PACKAGE];
    await Deno.writeTextFile(new URL("package.json", folder), "{}");
    await run("npm", { args, cwd: folder });
  });
  return new URL("node_modules/webgpu/", folder).pathname;
}
