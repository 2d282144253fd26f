import { assertEquals, assertRejects } from "@std/assert";
import { createBackend } from "../../mod.ts";
import type { WasmModules } from "../../wasm/tiers.ts";
import { wasmModules } from "../../wasm/modules.js";

Deno.test("static modules hold the same kernels as the compiled bytes", async () => {
  for (const tier of ["relaxed", "simd", "scalar"] as const) {
    const bytes = await Deno.readFile(
      new URL(`../../wasm/generated/${tier}.wasm`, import.meta.url),
    );
    const compiled = new WebAssembly.Module(bytes);
    assertEquals(
      WebAssembly.Module.exports(wasmModules[tier]),
      WebAssembly.Module.exports(compiled),
    );
    using given = await createBackend("wasm", { modules: wasmModules, tier });
    using own = await createBackend("wasm", { tier });
    assertEquals(given.description, own.description);
  }
});

Deno.test("the best of several static modules runs, on one thread", async () => {
  using best = await createBackend("wasm", { modules: wasmModules, threads: "auto" });
  assertEquals(best.description, "relaxed SIMD");
  const { simd, scalar } = wasmModules;
  using second = await createBackend("wasm", { modules: { scalar, simd } });
  assertEquals(second.description, "SIMD");
});

Deno.test("unusable static modules are errors that say why", async () => {
  const { scalar } = wasmModules;
  const refused: [object, string][] = [
    [{ modules: {} }, 'modules must have one of "relaxed", "simd", "scalar" but has nothing'],
    [{ modules: { scalar }, tier: "simd" }, 'modules must have "simd" but has "scalar"'],
    [{ modules: { fast: scalar } as WasmModules }, 'must be keyed by "relaxed", "simd", "scalar"'],
    [{ modules: { simd: new Uint8Array(4) } }, "modules.simd must be a WebAssembly.Module"],
    [{ modules: null }, "modules must be an object but is null"],
    [{ modules: wasmModules, threads: 2 }, "Cannot start 2 threads: modules run on one thread"],
  ];
  for (const [options, message] of refused) {
    await assertRejects(() => createBackend("wasm", options), TypeError, message);
  }
});
