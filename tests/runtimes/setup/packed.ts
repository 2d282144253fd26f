/** The packages as their users get them: packed, and installed from the tarballs. */
import { run } from "./command.ts";
import { madeOnce } from "./once.ts";

const ROOT = new URL("../../../", import.meta.url);
const PUBLISHED = [
  ".ci/pack.ts",
  ".ci/packed_code.ts",
  "deno.json",
  "mod.ts",
  "entries",
  "cli",
  "kernels",
  "src",
  "wasm",
  "README.md",
  "CHANGELOG.md",
  "LICENSE",
];

/** Joins the names and texts of all files that the tarballs are made of. */
async function sources(path = ""): Promise<string> {
  let all = "";
  const names = path === "" ? PUBLISHED : [];
  if (path !== "") {
    for await (const { name } of Deno.readDir(new URL(path, ROOT))) names.push(name);
  }
  for (const name of names.sort()) {
    const child = `${path}${name}`;
    const { isDirectory } = await Deno.stat(new URL(child, ROOT));
    // Beside each .wasm is a .ts with its bytes in base64.
    if (isDirectory) all += await sources(`${child}/`);
    else if (!child.endsWith(".wasm")) all += child + await Deno.readTextFile(new URL(child, ROOT));
  }
  return all;
}

/** Packs both packages, and returns the folder with `sae.tgz` and `sae-cli.tgz`. */
export async function packed(): Promise<URL> {
  return await madeOnce("packed", await sources(), async (folder) => {
    await run(Deno.execPath(), { args: ["run", "-A", ".ci/pack.ts", folder.pathname], cwd: ROOT });
  });
}

/** A project that has installed the library with npm: `node_modules/@matryoshka/sae`. */
export function consumer(): Promise<URL> {
  return project("consumer", ["sae.tgz"]);
}

/** A project that has installed the command line and the library with npm. */
export function commandLineConsumer(): Promise<URL> {
  return project("command-line", ["sae.tgz", "sae-cli.tgz"]);
}

async function project(name: string, tarballs: readonly string[]): Promise<URL> {
  const from = await packed();
  const paths = tarballs.map((tarball) => new URL(tarball, from).pathname);
  return await madeOnce(name, paths.join(" "), async (folder) => {
    const project = { name, private: true, type: "module" };
    await Deno.writeTextFile(new URL("package.json", folder), JSON.stringify(project));
    // Deno looks no further up for a configuration.
    await Deno.writeTextFile(new URL("deno.json", folder), '{ "nodeModulesDir": "manual" }');
    const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...paths];
    await run("npm", { args, cwd: folder });
  });
}
