import { assertLess } from "@std/assert";
import { build, stop } from "esbuild";

const ROOT = new URL("../../", import.meta.url);

Deno.test("each tier is smaller than 64 KB", async () => {
  for (const tier of ["scalar", "simd", "relaxed", "simd-threads", "relaxed-threads"]) {
    const { size } = await Deno.stat(new URL(`wasm/generated/${tier}.wasm`, ROOT));
    assertLess(size, 64 * 1024, tier);
  }
});

Deno.test("the library without WASM is smaller than 60 KB, minified and gzipped", async () => {
  const { outputFiles } = await build({
    entryPoints: [new URL("mod.ts", ROOT).pathname],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    external: ["*.wasm.ts"],
    write: false,
  });
  await stop();
  const gzipped = new Blob([outputFiles[0].contents as Uint8Array<ArrayBuffer>]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  const bytes = (await new Response(gzipped).bytes()).length;
  console.log(`${outputFiles[0].contents.length} bytes minified, ${bytes} gzipped`);
  assertLess(bytes, 60 * 1024);
});
