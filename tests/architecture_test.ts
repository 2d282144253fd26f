/** Which room may import which: imports point down, from the command line to the kernel contract. */

import { assertEquals } from "@std/assert";

import config from "../deno.json" with { type: "json" };

const ROOT = new URL("../", import.meta.url);

const SPECS = ["contract", "specs"];
const MODEL = ["base", "model"];
const STEP = [...SPECS, ...MODEL, "step"];
const MEASURED = ["inference", "evaluation"];
const UPPER = [...MEASURED, "io", "data", "training", "exploration", "distributed"];

/** The rooms from the bottom up: their files (the first match counts) and the rooms they may import. */
const ROOMS: { name: string; files: RegExp; imports: string[] }[] = [
  { name: "contract", files: /^kernels\/kernel\.ts$/, imports: [] },
  { name: "specs", files: /^kernels\/[^/]+$/, imports: SPECS },
  { name: "reference backend", files: /^kernels\/reference\//, imports: SPECS },
  { name: "webgpu backend", files: /^kernels\/webgpu\//, imports: SPECS },
  { name: "wasm backend", files: /^wasm\//, imports: SPECS },
  { name: "base", files: /^src\/base\//, imports: [] },
  { name: "model", files: /^src\/model\//, imports: [...SPECS, "base"] },
  { name: "step", files: /^src\/step\//, imports: [...SPECS, ...MODEL] },
  { name: "distributed", files: /^src\/distributed\/[^/]+$/, imports: ["base"] },
  { name: "mpi", files: /^src\/distributed\/mpi\//, imports: ["base", "distributed"] },
  { name: "io", files: /^src\/io\//, imports: MODEL },
  { name: "data", files: /^src\/data\//, imports: [...MODEL, "io"] },
  { name: "inference", files: /^src\/inference\//, imports: [...STEP, "io"] },
  { name: "training", files: /^src\/training\//, imports: [...STEP, "io", "data", "distributed"] },
  {
    name: "files of ranks",
    files: /^src\/distributed\/files\//,
    imports: [...MODEL, "io", "distributed", "training"],
  },
  {
    name: "evaluation",
    files: /^src\/evaluation\//,
    imports: [...STEP, "data", "inference", "distributed"],
  },
  { name: "exploration", files: /^src\/exploration\//, imports: [...STEP, ...MEASURED] },
  { name: "core", files: /^src\/mod\.ts$/, imports: [...STEP, ...UPPER] },
  {
    name: "backend options",
    files: /^src\/backend_options\//,
    imports: ["webgpu backend", "wasm backend"],
  },
  {
    name: "backends",
    files: /^src\/backends\.ts$/,
    imports: [
      ...SPECS,
      "base",
      "reference backend",
      "webgpu backend",
      "wasm backend",
      "backend options",
    ],
  },
  {
    name: "entries",
    files: /^(mod\.ts|entries\/.*)$/,
    imports: [
      "contract",
      "base",
      "core",
      "backend options",
      "backends",
      "webgpu backend",
      "wasm backend",
      "mpi",
      "io",
      "files of ranks",
    ],
  },
  { name: "command line", files: /^cli\//, imports: ["entries"] },
];

interface Import {
  specifier: string;
  /** The resolved specifier: for a file of this project its path from the root. */
  target: string;
}

interface Resolution {
  specifier?: string;
}

interface ModuleGraph {
  modules: {
    specifier: string;
    dependencies?: { specifier: string; code?: Resolution; type?: Resolution }[];
  }[];
}

function typeScriptFiles(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(({ name, isDirectory }) => {
    const path = folder + name;
    // AssemblyScript resolves imports differently.
    if (path === "wasm/assembly") return [];
    // At the top level, the other folders are not part of the library.
    if (isDirectory) {
      const judged = folder !== "" || ["cli", "entries", "kernels", "src", "wasm"].includes(name);
      return judged ? typeScriptFiles(`${path}/`) : [];
    }
    return path.endsWith(".ts") ? [path] : [];
  });
}

function relative(specifier: string): string {
  return specifier.startsWith(ROOT.href) ? specifier.slice(ROOT.href.length) : specifier;
}

/** Reads the imports of every file of the library, including dynamic and type-only ones. */
async function readImports(): Promise<Map<string, Import[]>> {
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const files = typeScriptFiles("");
    const lines = files.map((file) => `import ${JSON.stringify(new URL(file, ROOT).href)};`);
    await Deno.writeTextFile(entry, lines.join("\n"));
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--config", "deno.json", entry],
      cwd: ROOT,
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    const graph: ModuleGraph = JSON.parse(new TextDecoder().decode(stdout));
    const imports = new Map<string, Import[]>();
    for (const { specifier, dependencies } of graph.modules) {
      if (!specifier.startsWith(ROOT.href)) continue;
      const list = (dependencies ?? []).map(({ specifier, code, type }) => {
        return { specifier, target: relative(code?.specifier ?? type?.specifier ?? specifier) };
      });
      imports.set(relative(specifier), list);
    }
    return imports;
  } finally {
    await Deno.remove(entry);
  }
}

function roomOf(file: string): (typeof ROOMS)[number] | undefined {
  return ROOMS.find(({ files }) => files.test(file));
}

/** Returns whether an import leaves the project: a package, a built-in module, or an address. */
function isForeign({ target }: Import): boolean {
  return /^[a-z]+:/.test(target);
}

const imports = await readImports();

Deno.test("every file of the library belongs to a room", () => {
  const stray = [...imports.keys()].filter((file) => !file.startsWith("tests/") && !roomOf(file));
  assertEquals(stray, []);
});

Deno.test("each room imports only itself and the rooms that it may import", () => {
  const violations: string[] = [];
  for (const [file, list] of imports) {
    const room = roomOf(file);
    for (const { specifier, target } of list.filter((each) => room && !isForeign(each))) {
      const other = specifier.startsWith(config.name)
        ? "entries"
        : roomOf(target)?.name ?? "no room";
      if (other === room!.name || room!.imports.includes(other)) continue;
      violations.push(`${file} (${room!.name}) imports ${specifier} (${other})`);
    }
  }
  assertEquals(violations, []);
});

Deno.test("imports point down: a room may import only rooms before it in the list", () => {
  const names = ROOMS.map(({ name }) => name);
  for (const [n, { name, imports }] of ROOMS.entries()) {
    assertEquals([name, imports.filter((other) => names.indexOf(other) > n)], [name, []]);
  }
});

/** The entry points that every runtime can load. */
const PORTABLE = ["mod.ts", "entries/wasm.ts", "entries/webgpu.ts"];

function reachableFrom(...entries: string[]): Set<string> {
  const reachable = new Set(entries);
  for (const file of reachable) {
    for (const each of imports.get(file) ?? []) if (!isForeign(each)) reachable.add(each.target);
  }
  return reachable;
}

Deno.test("nothing reachable from a portable entry imports a package or a built-in module", () => {
  const violations: string[] = [];
  for (const file of reachableFrom(...PORTABLE)) {
    for (const each of (imports.get(file) ?? []).filter(isForeign)) {
      violations.push(`${file} imports ${each.specifier}`);
    }
  }
  assertEquals(violations, []);
});

Deno.test("./wasm reaches no file of the WebGPU backend, and ./webgpu none of the WASM backend", () => {
  const has = (entry: string, folder: string) =>
    [...reachableFrom(entry)].filter((file) => file.startsWith(folder));
  assertEquals(has("entries/wasm.ts", "kernels/webgpu/"), []);
  assertEquals(has("entries/webgpu.ts", "wasm/"), []);
});

// `import source` is a syntax error in Bun, Node 22, esbuild, Vite and TypeScript 6.
Deno.test("nothing reachable from a portable entry reaches ./wasm-modules", () => {
  assertEquals([...reachableFrom(...PORTABLE)].filter((file) => file === "wasm/modules.js"), []);
});

Deno.test("MPI is reached from ./mpi only, which reaches no backend", () => {
  const roomsOf = (...entries: string[]) =>
    new Set([...reachableFrom(...entries)].map((file) => roomOf(file)?.name));
  assertEquals(roomsOf(...PORTABLE, "entries/files.ts").has("mpi"), false);
  assertEquals(roomsOf("entries/mpi.ts"), new Set(["entries", "mpi", "base", "distributed"]));
});

/** The entry points that Node and Bun can load, but browsers cannot. */
const FOR_NODE = ["entries/files.ts", "cli/main.ts", "cli/bin.ts"];

// Packing and JSR keep using declarations, which Node 20 and 22 and Safari do not parse. They have no
// DisposableStack either. The command line has `scoped` for that.
Deno.test("nothing that is published uses a using declaration, or Deno's API outside MPI", async () => {
  const violations: string[] = [];
  for (const file of reachableFrom(...PORTABLE, ...FOR_NODE, "entries/mpi.ts")) {
    const source = await Deno.readTextFile(new URL(file, ROOT));
    const code = source.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
    if (/\busing\s+\w+\s*=|DisposableStack/.test(code)) violations.push(file);
    if (/\bDeno\./.test(code) && roomOf(file)?.name !== "mpi") violations.push(file);
  }
  assertEquals(violations, []);
});

Deno.test("the command line imports its own files, packages, and the library by its name", () => {
  const library = ["", "/files", "/mpi", "/wasm"].map((entry) => config.name + entry);
  const violations: string[] = [];
  for (const [file, list] of imports) {
    if (!file.startsWith("cli/")) continue;
    for (const each of list) {
      const own = /^\.\.?\//.test(each.specifier) && each.target.startsWith("cli/");
      if (own || library.includes(each.specifier) || isForeign(each)) continue;
      violations.push(`${file} imports ${each.specifier}`);
    }
  }
  assertEquals(violations, []);
});

Deno.test("the kernel contract imports nothing", () => {
  assertEquals(imports.get("kernels/kernel.ts") ?? [], []);
});

Deno.test("examples import the package by its name, not by its files", async () => {
  const violations: string[] = [];
  for (const { name: example } of Deno.readDirSync(new URL("examples/", ROOT))) {
    const folder = new URL(`examples/${example}/`, ROOT);
    for (const file of scripts(folder)) {
      const source = await Deno.readTextFile(file);
      for (const [, specifier] of source.matchAll(/\bfrom "(\.[^"]*)"/g)) {
        if (new URL(specifier, file).href.startsWith(folder.href)) continue;
        violations.push(`${relative(file.href)} imports ${specifier}`);
      }
    }
  }
  assertEquals(violations, []);
});

function scripts(folder: URL): URL[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    if (isDirectory) {
      return ["node_modules", "out"].includes(name) ? [] : scripts(new URL(`${name}/`, folder));
    }
    return /\.[jt]s$/.test(name) ? [new URL(name, folder)] : [];
  });
}

Deno.test("every dynamic import names its target literally", async () => {
  const violations: string[] = [];
  for (const file of imports.keys()) {
    const source = await Deno.readTextFile(new URL(file, ROOT));
    const code = source.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
    if (/\bimport\s*\(\s*(?!["'\s])/.test(code)) violations.push(file);
  }
  assertEquals(violations, []);
});

Deno.test("no imports form a cycle", () => {
  const done = new Set<string>();
  const cycles: string[] = [];
  function visit(file: string, path: string[]): void {
    const start = path.indexOf(file);
    if (start >= 0) cycles.push([...path.slice(start), file].join(" → "));
    if (start >= 0 || done.has(file)) return;
    for (const { target } of imports.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  }
  for (const file of imports.keys()) visit(file, []);
  assertEquals(cycles, []);
});
