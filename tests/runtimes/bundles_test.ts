/** What a program does not import leaves its bundle: from the npm package and from the sources that JSR serves. */

import { assertEquals, assertLess } from "@std/assert";
import { named } from "../missing.ts";
import { bundleEach, BUNDLERS, type Bundles } from "./setup/bundlers.ts";
import { consumer } from "./setup/packed.ts";
import { whyNoTools } from "./setup/tools.ts";

/** Most bytes of each program. */
const MOST = {
  /** Minified. rollup keeps the presets where it strips the types of sources: it loses the marks of pure calls. */
  "that imports Random": 13_600,
  /** Minified and gzipped, with the WASM tier that it loads. */
  "that trains on WASM": 89_000,
  /** Minified and gzipped, without WASM tiers. */
  "that trains on any backend": 115_000,
};

async function gzipped(text: string): Promise<number> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream).bytes()).length;
}

/** Returns the gzipped bytes of the largest tier as the package embeds it: in base64. */
async function largestTier(folder: URL, extension: string): Promise<number> {
  const sizes: number[] = [];
  for await (const { name } of Deno.readDir(new URL("wasm/generated/", folder))) {
    if (!name.endsWith(`.wasm.${extension}`)) continue;
    sizes.push(await gzipped(await Deno.readTextFile(new URL(`wasm/generated/${name}`, folder))));
  }
  assertEquals(sizes.length, 5);
  return Math.max(...sizes);
}

const RANDOM = `console.log(Random.fromSeed(1).normal());`;
const WASM = `
const trainer = await Trainer.create(await createWasmBackend(), { inputSize: 4, latentCount: 8, steps: 1 });
await trainer.step(new Float32Array(8));
console.log(await trainer.metrics());
`;
const TRAINING = WASM.replace("createWasmBackend", "createBackend") + `
console.log(evaluate, matryoshkaLoss, Random, samplePrefixes);
`;

/** Returns the three programs, which import the library from a folder. */
function programs(folder: URL, extension: string): string[] {
  const from = (path: string) => JSON.stringify(new URL(`${path}.${extension}`, folder).pathname);
  return [
    `import { Random } from ${from("mod")};${RANDOM}`,
    `import { createWasmBackend, Trainer } from ${from("entries/wasm")};${WASM}`,
    "import { createBackend, evaluate, matryoshkaLoss, Random, samplePrefixes, Trainer } " +
    `from ${from("mod")};${TRAINING}`,
  ];
}

const LIBRARIES: Record<string, () => Promise<[URL, string]>> = {
  "the npm package": async () => [
    new URL("node_modules/@matryoshka/sae/", await consumer()),
    "js",
  ],
  "the sources": () => Promise.resolve([new URL("../../", import.meta.url), "ts"]),
};

for (const [library, locate] of Object.entries(LIBRARIES)) {
  Deno.test({
    ...named(`esbuild, rollup and Vite drop what is not imported from ${library}`, whyNoTools()),
    async fn() {
      const [folder, extension] = await locate();
      const [random, wasm, training]: Bundles[] = await bundleEach(programs(folder, extension));
      const tier = await largestTier(folder, extension);
      for (const bundler of BUNDLERS) {
        const bytes = {
          "that imports Random": new TextEncoder().encode(random[bundler]).length,
          "that trains on WASM": await gzipped(wasm[bundler]) + tier,
          "that trains on any backend": await gzipped(training[bundler]),
        };
        for (const [program, size] of Object.entries(bytes)) {
          assertLess(size, MOST[program as keyof typeof bytes], `${bundler}, a program ${program}`);
        }
      }
    },
  });
}
