/**
 * The library with the WASM backend alone, so that a bundle holds no other.
 *
 * All of `@matryoshka/sae` is here but `createBackend` and what belongs to WebGPU.
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
import { WasmBackend } from "../wasm/backend.ts";
import type { WasmOptions } from "../wasm/engine.ts";

export type { WasmOptions } from "../wasm/engine.ts";
export type { WasmModules, WasmTier } from "../wasm/tiers.ts";
export * from "../src/mod.ts";

/**
 * Makes a backend that computes in WebAssembly. Dispose it when done: that also ends its threads.
 *
 * @param options tier, threads and memory; the best tier and one thread by default.
 * @throws {TypeError} if the tier is unknown, or the engine lacks the tier or the threads asked for.
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
export function createWasmBackend(options: WasmOptions = {}): Promise<Backend> {
  return WasmBackend.create(options);
}
