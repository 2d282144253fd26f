/** Measures the size of the packed package, bundled and not, and its start-up time. */
import { build, stop } from "esbuild";
import { run } from "./command.ts";
import { consumer, packed } from "./packed.ts";

/** Sizes of a bundle in bytes, minified and gzipped. */
export interface BundleSize {
  /** The code that a page loads first, without WASM tiers and without code imported on demand. */
  readonly first: number;
  /** All code in one file, without the WASM tiers, of which a page loads only one. */
  readonly code: number;
  /** All code and all WASM tiers. */
  readonly whole: number;
}

/** The numbers that `deno task sizes` prints. */
export interface Sizes {
  /** Size of the tarball in bytes. */
  readonly tarball: number;
  /** Bundles of everything that an entry exports. */
  readonly bundles: Readonly<Record<Entry, BundleSize>>;
  /** Code of an application that trains on any backend. */
  readonly application: number;
  /** Bytes of each compiled WASM tier. */
  readonly tiers: Readonly<Record<string, number>>;
  /** The best of several fresh Deno processes. */
  readonly start: Start;
}

/** The start-up of a fresh process, in milliseconds. */
export interface Start {
  /** Time to import `./wasm` as one minified file. */
  readonly importing: number;
  /** Time to make the backend and encode for the first time: 16 rows of 64 inputs, 512 latents. */
  readonly firstEncode: number;
}

/** The entries that every runtime can load. */
export const ENTRIES = [".", "./wasm", "./webgpu"] as const;
/** One of the entries. */
export type Entry = typeof ENTRIES[number];

const ROOT = new URL("../../../", import.meta.url);

/** The modules of the WASM tiers, left out to measure code alone. */
const CODE_ALONE = ["*.wasm.js"];

/** How many fresh processes are timed. */
const STARTS = 5;

/** An application that trains, bundled from the sources, as JSR serves them. */
const APPLICATION =
  'export { createBackend, evaluate, matryoshkaLoss, Random, samplePrefixes, Trainer } from "./mod.ts";';

/** Bundles everything that an entry exports. */
async function minified(entry: Entry, external: string[]): Promise<Uint8Array<ArrayBuffer>> {
  const contents = `export * from "@matryoshka/sae${entry.slice(1)}";`;
  return await bundled(contents, await consumer(), external);
}

async function bundled(
  contents: string,
  folder: URL,
  external: string[],
): Promise<Uint8Array<ArrayBuffer>> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder.pathname },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    external,
    write: false,
    logLevel: "error",
  });
  return outputFiles[0].contents as Uint8Array<ArrayBuffer>;
}

/** Returns the size of the files loaded first if the bundler makes a file of each `import()`. */
async function loadedFirst(entry: Entry): Promise<number> {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: `export * from "@matryoshka/sae${entry.slice(1)}";`,
      resolveDir: (await consumer()).pathname,
    },
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    external: CODE_ALONE,
    outdir: "/bundle",
    absWorkingDir: "/",
    metafile: true,
    write: false,
    logLevel: "error",
  });
  const first = new Set(["bundle/stdin.js"]);
  for (const file of first) {
    for (const { path, kind } of metafile.outputs[file].imports) {
      if (kind === "import-statement" && path in metafile.outputs) first.add(path);
    }
  }
  const sizes = outputFiles.filter(({ path }) => first.has(path.slice(1)))
    .map(({ contents }) => gzipped(contents as Uint8Array<ArrayBuffer>));
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function gzipped(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream).bytes()).length;
}

const MAIN = `
const begin = performance.now();
const { createWasmBackend, initialParameters, Random, SparseAutoencoder } = await import("./library.js");
const importing = performance.now() - begin;
const parameters = initialParameters(64, 512, Random.fromSeed(1)), x = new Float32Array(16 * 64).fill(1);
const start = performance.now();
const backend = await createWasmBackend();
await SparseAutoencoder.fromParameters(backend, parameters).encode(x);
console.log(JSON.stringify({ importing, firstEncode: performance.now() - start }));
`;

async function timedStart(): Promise<Start> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/library.js`, await minified("./wasm", []));
    await Deno.writeTextFile(`${folder}/main.js`, MAIN);
    const args = ["run", "--no-lock", "--no-config", `${folder}/main.js`];
    const starts: Start[] = [];
    for (let i = 0; i < STARTS; i++) starts.push(JSON.parse(await run(Deno.execPath(), { args })));
    const best = (of: keyof Start) => Math.min(...starts.map((start) => start[of]));
    return { importing: best("importing"), firstEncode: best("firstEncode") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Returns the sizes of the package's `.wasm` files, by name. */
async function tierSizes(): Promise<Record<string, number>> {
  const folder = new URL("node_modules/@matryoshka/sae/wasm/generated/", await consumer());
  const sizes: Record<string, number> = {};
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".wasm")) sizes[name] = (await Deno.stat(new URL(name, folder))).size;
  }
  return sizes;
}

/** Measures everything. */
export async function measureSizes(): Promise<Sizes> {
  const { size: tarball } = await Deno.stat(new URL("sae.tgz", await packed()));
  const bundles: Partial<Record<Entry, BundleSize>> = {};
  try {
    for (const entry of ENTRIES) {
      bundles[entry] = {
        first: await loadedFirst(entry),
        code: await gzipped(await minified(entry, CODE_ALONE)),
        whole: await gzipped(await minified(entry, [])),
      };
    }
    return {
      tarball,
      bundles: bundles as Sizes["bundles"],
      application: await gzipped(await bundled(APPLICATION, ROOT, ["*.wasm.ts"])),
      tiers: await tierSizes(),
      start: await timedStart(),
    };
  } finally {
    await stop();
  }
}
