/** The package as its users get it: packed, and installed from the tarball. */
import { run } from "./command.ts";
import { madeOnce } from "./once.ts";

const ROOT = new URL("../../../", import.meta.url);
const PUBLISHED = [
  "deno.json",
  "mod.ts",
  "entries",
  "cli",
  "kernels",
  "src",
  "wasm",
  "README.md",
  "CHANGELOG.md",
];

/** Everything that the tarball is made of. */
async function sources(path = ""): Promise<string> {
  let all = "";
  const names = path === "" ? PUBLISHED : [];
  if (path !== "") {
    for await (const { name } of Deno.readDir(new URL(path, ROOT))) names.push(name);
  }
  for (const name of names.sort()) {
    const child = `${path}${name}`;
    const { isDirectory } = await Deno.stat(new URL(child, ROOT));
    // Base64 stands in the .ts beside each .wasm.
    if (isDirectory) all += await sources(`${child}/`);
    else if (!child.endsWith(".wasm")) all += child + await Deno.readTextFile(new URL(child, ROOT));
  }
  return all;
}

/** A folder with `sae.tgz`. */
export async function packed(): Promise<URL> {
  return await madeOnce("packed", await sources(), async (folder) => {
    const target = new URL("sae.tgz", folder).pathname;
    const args = ["pack", "--quiet", "--allow-dirty", "--no-source-maps", "-o", target];
    await run(Deno.execPath(), { args, cwd: ROOT });
  });
}

/** A project that has installed the tarball with npm: `node_modules/@matryoshka/sae`. */
export async function consumer(): Promise<URL> {
  const tarball = new URL("sae.tgz", await packed());
  return await madeOnce("consumer", tarball.href, async (folder) => {
    const project = { name: "consumer", private: true, type: "module" };
    await Deno.writeTextFile(new URL("package.json", folder), JSON.stringify(project));
    // Deno looks no further up for a configuration.
    await Deno.writeTextFile(new URL("deno.json", folder), '{ "nodeModulesDir": "manual" }');
    const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", tarball.pathname];
    await run("npm", { args, cwd: folder });
  });
}
