/**
 * The library with the WASM backend only, for smaller bundles.
 *
 * Exports everything that `@matryoshka/sae` does, except `createBackend` and the WebGPU backend.
 *
 * @example
 * ```ts
 * import { createWasmBackend, Random, ToyTree, Trainer } from "@matryoshka/sae/wasm";
 *
 * using backend = await createWasmBackend();
 * using trainer = await Trainer.create(backend, { inputSize: 20, latentCount: 20, steps: 5 });
 * const batch = ToyTree.create({ seed: 1 }).sample(64, Random.fromSeed(2)).batch;
 * for (let step = 0; step < 5; step++) await trainer.step(batch);
 * console.log(await trainer.metrics());
 * ```
 *
 * @module
 */
import type { Backend } from "../kernels/kernel.ts";
import { WASM_KEYS } from "../src/backend_options/wasm.ts";
import { checkObject } from "../src/base/checks.ts";
import { checkKeys } from "../src/base/known_keys.ts";
import { WasmBackend } from "../wasm/backend.ts";
import type { WasmOptions } from "../wasm/engine.ts";

export type { WasmOptions } from "../wasm/engine.ts";
export type { WasmModules, WasmTier } from "../wasm/tiers.ts";
export * from "../src/mod.ts";

/**
 * Makes a backend that computes in WebAssembly. Dispose it when done, which also ends its threads.
 *
 * @param options Tier, threads and memory; the best tier and one thread by default.
 * @throws {TypeError} if an option or the tier is unknown, or the engine lacks the tier or the threads asked for.
 * @throws {RangeError} if threads is neither "auto" nor a number of threads.
 *
 * @example
 * ```ts
 * import { createWasmBackend } from "@matryoshka/sae/wasm";
 * import { assertEquals } from "@std/assert";
 *
 * using backend = await createWasmBackend({ tier: "simd" });
 * assertEquals(backend.description, "SIMD");
 * ```
 */
export async function createWasmBackend(options: WasmOptions = {}): Promise<Backend> {
  const task = "create a backend";
  checkObject(options, "options", task);
  checkKeys(options, WASM_KEYS, task);
  return await WasmBackend.create(options);
}
