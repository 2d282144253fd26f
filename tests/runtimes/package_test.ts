/** The tarballs: each holds all that its entries reach, and nothing else. */

import { assertEquals } from "@std/assert";
import commandLine from "../../cli/deno.json" with { type: "json" };
import library from "../../deno.json" with { type: "json" };
import { run } from "./setup/command.ts";
import { packed } from "./setup/packed.ts";

const ROOT = new URL("../../", import.meta.url);

interface Package {
  readonly config: { name: string; version: string; exports: Record<string, string> };
  readonly tarball: string;
  readonly folder: URL;
  /** Files for people. */
  readonly documents: readonly string[];
}

const PACKAGES: readonly Package[] = [
  {
    config: library,
    tarball: "sae.tgz",
    folder: ROOT,
    documents: ["CHANGELOG.md", "LICENSE", "README.md"],
  },
  {
    config: commandLine,
    tarball: "sae-cli.tgz",
    folder: new URL("cli/", ROOT),
    documents: ["LICENSE", "README.md"],
  },
];

interface ModuleGraph {
  modules: { specifier: string }[];
}

/** Lists the sources of a package that its entries reach, types included, relative to its folder. */
async function reached({ config, folder }: Package): Promise<string[]> {
  const files = new Set<string>();
  for (const entry of Object.values(config.exports)) {
    const graph: ModuleGraph = JSON.parse(
      await run(Deno.execPath(), { args: ["info", "--json", entry], cwd: folder }),
    );
    for (const { specifier } of graph.modules) {
      if (specifier.startsWith(folder.href)) files.add(specifier.slice(folder.href.length));
    }
  }
  return [...files];
}

/** Reads the files of a tarball as text, by their paths. */
async function contents({ tarball }: Package): Promise<Map<string, string>> {
  const folder = await Deno.makeTempDir();
  try {
    const path = new URL(tarball, await packed()).pathname;
    await run("tar", { args: ["xzf", path, "-C", folder, "--strip-components=1"] });
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

const manifests: Record<string, { dependencies?: Record<string, string> }> = {};

for (const each of PACKAGES) {
  const { config, folder, documents } = each;
  const files = await contents(each);
  const manifest = JSON.parse(files.get("package.json")!);
  manifests[config.name] = manifest;

  Deno.test(`the tarball of ${config.name} holds what its entries reach, and nothing else`, async () => {
    const modules = (await reached(each)).map((file) =>
      file.endsWith(".d.ts") ? file : file.replace(/\.ts$/, ".js")
    );
    const declarations = modules
      .filter((file) => file.endsWith(".js"))
      .map((file) => file.replace(/\.js$/, ".d.ts"));
    const expected = new Set([...modules, ...documents, "package.json"]);
    assertEquals([...expected].filter((file) => !files.has(file)), [], "missing");
    const allowed = new Set([...expected, ...declarations]);
    assertEquals([...files.keys()].filter((file) => !allowed.has(file)), [], "not reached");
  });

  // `deno pack` and `deno publish` read the same `publish`, but a later version need not.
  Deno.test(`JSR gets what the entries of ${config.name} reach, and nothing else`, async () => {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["publish", "--dry-run", "--allow-dirty", "--no-check"],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    const output = new TextDecoder().decode(stderr);
    assertEquals([success, output.match(/warning/i)], [true, null], output);
    const published = output.matchAll(/^\s*(file:\S+) \(.*\)$/gm).map(([, file]) =>
      file.slice(folder.href.length)
    );
    assertEquals(
      [...published].sort(),
      [...await reached(each), ...documents, "deno.json"].sort(),
    );
  });

  Deno.test(`every relative import in the tarball of ${config.name} finds its file`, () => {
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

  Deno.test(`every entry of ${config.name} has its file, and declarations`, () => {
    const { exports } = manifest;
    assertEquals(Object.keys(exports).sort(), Object.keys(config.exports).sort());
    for (const [entry, { default: file }] of Object.entries<{ default: string }>(exports)) {
      const path = file.replace("./", "");
      assertEquals(files.has(path), true, entry);
      if (path.endsWith(".js")) assertEquals(files.has(path.replace(/js$/, "d.ts")), true, entry);
    }
  });
}

Deno.test("the library depends on no package, and the command line on the library of its version", () => {
  assertEquals(manifests[library.name].dependencies, undefined);
  assertEquals(commandLine.version, library.version);
  const { [library.name]: version, ...others } = manifests[commandLine.name].dependencies!;
  assertEquals(version, library.version);
  const packages = Object.keys(commandLine.imports).filter((name) => !name.startsWith("@types/"));
  assertEquals(Object.keys(others).sort(), packages.sort());
});
