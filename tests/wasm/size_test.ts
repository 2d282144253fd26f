import { assertLess } from "@std/assert";
import { build, stop } from "esbuild";

const ROOT = new URL("../../", import.meta.url);

/** Bytes of a bundle without the WASM tiers, minified and gzipped. */
async function bundled(source: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: ROOT.pathname, loader: "ts" },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    external: ["*.wasm.ts"],
    write: false,
  });
  await stop();
  const bundle = new Blob([outputFiles[0].contents as Uint8Array<ArrayBuffer>]).stream();
  const gzipped = bundle.pipeThrough(new CompressionStream("gzip"));
  return (await new Response(gzipped).bytes()).length;
}

Deno.test("each tier is smaller than 64 KB", async () => {
  for (const tier of ["scalar", "simd", "relaxed", "simd-threads", "relaxed-threads"]) {
    const { size } = await Deno.stat(new URL(`wasm/generated/${tier}.wasm`, ROOT));
    assertLess(size, 64 * 1024, tier);
  }
});

Deno.test("an application that trains, on any backend, bundles to less than 60 KB", async () => {
  const names = "createBackend, evaluate, matryoshkaLoss, Random, samplePrefixes, Trainer";
  const bytes = await bundled(`export { ${names} } from "./mod.ts";`);
  console.log(`${bytes} bytes without WASM, minified and gzipped`);
  assertLess(bytes, 60 * 1024);
});

// Readers of files and other libraries' formats, and metrics, come on top.
Deno.test("all of the library bundles to less than 80 KB", async () => {
  const bytes = await bundled('export * from "./mod.ts";');
  console.log(`${bytes} bytes without WASM, minified and gzipped`);
  assertLess(bytes, 80 * 1024);
});
