/** The tarball: all that the entries reach is in it, and nothing else. */

import { assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { run } from "./setup/command.ts";
import { packed } from "./setup/packed.ts";

const ROOT = new URL("../../", import.meta.url);

/** Files for people, and what describes the package. */
const DOCUMENTS = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];

/** `deno pack` takes a declaration for a module, and writes declarations of it: empty, and harmless. */
const ARTEFACTS = ["wasm/modules.d.ts.d.ts"];

interface ModuleGraph {
  modules: { specifier: string }[];
}

/** The sources that the entries reach, types included. */
async function reached(): Promise<string[]> {
  const files = new Set<string>();
  for (const entry of Object.values(config.exports)) {
    const graph: ModuleGraph = JSON.parse(
      await run(Deno.execPath(), { args: ["info", "--json", entry], cwd: ROOT }),
    );
    for (const { specifier } of graph.modules) {
      if (specifier.startsWith(ROOT.href)) files.add(specifier.slice(ROOT.href.length));
    }
  }
  return [...files];
}

/** The files of the tarball with their text. */
async function contents(): Promise<Map<string, string>> {
  const folder = await Deno.makeTempDir();
  try {
    const tarball = new URL("sae.tgz", await packed()).pathname;
    await run("tar", { args: ["xzf", tarball, "-C", folder, "--strip-components=1"] });
    const files = new Map<string, string>();
    const visit = async (path: string) => {
      for await (const { name, isDirectory } of Deno.readDir(`${folder}/${path}`)) {
        const child = `${path}${name}`;
        if (isDirectory) await visit(`${child}/`);
        else files.set(child, await Deno.readTextFile(`${folder}/${child}`));
      }
    };
    await visit("");
    return files;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const files = await contents();

Deno.test("the tarball holds what the entries reach, and nothing else", async () => {
  const modules = (await reached()).map((file) =>
    file.endsWith(".d.ts") ? file : file.replace(/\.ts$/, ".js")
  );
  const declarations = modules
    .filter((file) => file.endsWith(".js"))
    .map((file) => file.replace(/\.js$/, ".d.ts"));
  const expected = new Set([...modules, ...DOCUMENTS]);
  assertEquals([...expected].filter((file) => !files.has(file)), [], "missing");
  const allowed = new Set([...expected, ...declarations, ...ARTEFACTS]);
  assertEquals([...files.keys()].filter((file) => !allowed.has(file)), [], "nobody reaches");
});

// `deno pack` and `deno publish` read the same `publish`, but a later version need not.
Deno.test("JSR gets what the entries reach, and nothing else", async () => {
  const args = ["publish", "--dry-run", "--allow-dirty", "--no-check"];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const said = new TextDecoder().decode(stderr);
  assertEquals([success, said.match(/warning/i)], [true, null], said);
  const published = said.matchAll(/^\s*(file:\S+) \(.*\)$/gm).map(([, file]) =>
    file.slice(ROOT.href.length)
  );
  const documents = DOCUMENTS.filter((file) => file !== "package.json");
  assertEquals(
    [...published].sort(),
    [...await reached(), ...documents, "deno.json"].sort(),
  );
});

Deno.test("every relative import in the tarball finds its file", () => {
  const dangling: string[] = [];
  for (const [file, text] of files) {
    if (!/\.(js|d\.ts)$/.test(file)) continue;
    const code = text.replaceAll(/\/\*[^]*?\*\//g, "");
    for (const [, target] of code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"/g)) {
      const path = new URL(target, `file:///${file}`).pathname.slice(1);
      if (!files.has(path)) dangling.push(`${file} imports ${target}`);
    }
  }
  assertEquals(dangling, []);
});

Deno.test("every entry of the package has its file, and declarations", () => {
  const { exports } = JSON.parse(files.get("package.json")!);
  assertEquals(Object.keys(exports).sort(), Object.keys(config.exports).sort());
  for (const [entry, { default: file }] of Object.entries<{ default: string }>(exports)) {
    const path = file.replace("./", "");
    assertEquals(files.has(path), true, entry);
    if (path.endsWith(".js")) assertEquals(files.has(path.replace(/js$/, "d.ts")), true, entry);
  }
});
