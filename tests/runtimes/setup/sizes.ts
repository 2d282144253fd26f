/** How large the packed package is, bundled or not, and how soon it computes. */
import { build, stop } from "esbuild";
import { run } from "./command.ts";
import { consumer, packed } from "./packed.ts";

/** Bytes, minified and gzipped. */
export interface BundleSize {
  /** Without the WASM tiers, which are loaded one at a time. */
  readonly code: number;
  /** With all of them. */
  readonly whole: number;
}

/** What `deno task sizes` prints. */
export interface Sizes {
  /** Bytes of the tarball. */
  readonly tarball: number;
  /** All that an entry exports. */
  readonly bundles: Readonly<Record<Entry, BundleSize>>;
  /** In Deno, milliseconds of the best of several fresh processes. */
  readonly start: Start;
}

/** When things have happened in a fresh process, in milliseconds. */
export interface Start {
  /** Importing `./wasm` as one minified file. */
  readonly importing: number;
  /** Making the backend, and encoding 16 rows of 64 with 512 latents for the first time. */
  readonly firstEncode: number;
}

/** The entries that every runtime can load. */
export const ENTRIES = [".", "./wasm", "./webgpu"] as const;
/** One of them. */
export type Entry = typeof ENTRIES[number];

/** Fresh processes that are timed. */
const STARTS = 5;

async function minified(entry: Entry, external: string[]): Promise<Uint8Array<ArrayBuffer>> {
  const { outputFiles } = await build({
    stdin: {
      contents: `export * from "@matryoshka/sae${entry.slice(1)}";`,
      resolveDir: (await consumer()).pathname,
    },
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

/** Measures everything. */
export async function measureSizes(): Promise<Sizes> {
  const { size: tarball } = await Deno.stat(new URL("sae.tgz", await packed()));
  const bundles: Partial<Record<Entry, BundleSize>> = {};
  try {
    for (const entry of ENTRIES) {
      bundles[entry] = {
        code: await gzipped(await minified(entry, ["*.wasm.js"])),
        whole: await gzipped(await minified(entry, [])),
      };
    }
    return { tarball, bundles: bundles as Sizes["bundles"], start: await timedStart() };
  } finally {
    await stop();
  }
}
