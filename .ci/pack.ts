/**
 * Packs both packages for npm: `deno task pack` writes out/npm/sae.tgz and out/npm/sae-cli.tgz. An argument names
 * another folder to write to.
 *
 * `deno pack` makes the tarballs. Their package.json lacks what deno.json has no field for, which is added here, and
 * `packed_code.ts` repairs their files.
 */
import cli from "../cli/deno.json" with { type: "json" };
import library from "../deno.json" with { type: "json" };
import { portableTypes, restoreKeys } from "./packed_code.ts";

const ROOT = new URL("../", import.meta.url);

interface Package {
  /** The folder of its deno.json, from the root. */
  readonly folder: string;
  /** The name of the tarball, without its extension. */
  readonly tarball: string;
  /** Fields to add to package.json. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Dependencies to add: `deno pack` omits those on other packages of the workspace. */
  readonly dependencies?: Readonly<Record<string, string>>;
  /** The file that npm links as a program. */
  readonly program?: string;
  /** Files to leave out. */
  readonly omitted: readonly string[];
}

/** From 20.16 on, Node gives its built-in modules without an import that browsers would follow. */
const ENGINES = { node: ">=20.16" };

const KEYWORDS = ["sparse-autoencoder", "sae", "matryoshka", "interpretability"];

const PACKAGES: readonly Package[] = [
  {
    folder: "",
    tarball: "sae",
    fields: {
      description: library.description,
      keywords: [...KEYWORDS, "webgpu", "wasm"],
      engines: ENGINES,
      sideEffects: false,
      // Gives WebGPU's types to TypeScript 5.9 and older, if a project passes a device of its own.
      peerDependencies: { "@webgpu/types": "*" },
      peerDependenciesMeta: { "@webgpu/types": { optional: true } },
    },
    // `deno pack` takes the declarations of wasm/modules.js for a module, and declares them again.
    omitted: ["wasm/modules.d.ts.d.ts"],
  },
  {
    folder: "cli/",
    tarball: "sae-cli",
    fields: {
      description: cli.description,
      keywords: [...KEYWORDS, "cli"],
      engines: ENGINES,
      bin: { "matryoshka-sae": "./bin.js" },
    },
    program: "bin.js",
    dependencies: { [library.name]: library.version },
    omitted: [],
  },
];

async function run(program: string, args: string[], cwd: URL): Promise<void> {
  const { success } = await new Deno.Command(program, { args, cwd, stdin: "null" }).spawn().status;
  if (!success) throw new Error(`Cannot pack: ${program} ${args.join(" ")} failed`);
}

/** The repository, which the release knows: npm's statement of provenance compares it with package.json. */
function repository(): Record<string, unknown> {
  const name = Deno.env.get("GITHUB_REPOSITORY");
  if (!name) return {};
  const server = Deno.env.get("GITHUB_SERVER_URL");
  return { repository: { type: "git", url: `git+${server}/${name}.git` } };
}

/** Repairs every file of a folder. */
async function repair(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await repair(path);
    if (!/\.(?:js|d\.ts)$/.test(name)) continue;
    const text = await Deno.readTextFile(path);
    const repaired = name.endsWith(".js") ? restoreKeys(name, text) : portableTypes(text);
    await Deno.writeTextFile(path, repaired);
  }
}

async function pack(
  { folder, tarball, fields, dependencies, program, omitted }: Package,
  out: string,
): Promise<void> {
  const target = `${out}/${tarball}.tgz`;
  const unpacked = await Deno.makeTempDir();
  try {
    const args = ["pack", "--quiet", "--allow-dirty", "--no-source-maps", "-o", target];
    await run(Deno.execPath(), args, new URL(folder, ROOT));
    await run("tar", ["xzf", target, "-C", unpacked], ROOT);
    const path = `${unpacked}/package/package.json`;
    const packed = JSON.parse(await Deno.readTextFile(path));
    const manifest = { ...packed, ...fields, ...repository() };
    if (dependencies) manifest.dependencies = { ...packed.dependencies, ...dependencies };
    await Deno.writeTextFile(path, JSON.stringify(manifest, null, 2) + "\n");
    if (program) await Deno.chmod(`${unpacked}/package/${program}`, 0o755);
    for (const file of omitted) await Deno.remove(`${unpacked}/package/${file}`);
    await repair(`${unpacked}/package`);
    await run("tar", ["czf", target, "-C", unpacked, "package"], ROOT);
  } finally {
    await Deno.remove(unpacked, { recursive: true });
  }
}

const asked = Deno.args[0] ?? new URL("out/npm", ROOT).pathname;
await Deno.mkdir(asked, { recursive: true });
const out = await Deno.realPath(asked);
for (const each of PACKAGES) await pack(each, out);
