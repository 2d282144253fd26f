/**
 * Matryoshka sparse autoencoders outside Python: the loss over nested prefixes of the latents with its
 * closed-form gradients, a trainer, and readers for activations, on portable kernels.
 *
 * @example Train on the built-in toy world
 * ```ts
 * import { createBackend, Random, ToyTree, Trainer } from "@matryoshka/sae";
 *
 * using backend = await createBackend();
 * const world = ToyTree.create({ seed: 1 });
 * using trainer = await Trainer.create(backend, {
 *   inputSize: 20,
 *   latentCount: 20,
 *   steps: 50,
 *   targetL0: 1.2,
 * });
 * const random = Random.fromSeed(2);
 * for (let step = 0; step < 50; step++) await trainer.step(world.sample(64, random).batch);
 * console.log(await trainer.metrics());
 * ```
 *
 * @module
 */
export { type BackendName, type BackendOptions, createBackend } from "./src/backends.ts";
export type { WebGpuOptions } from "./kernels/webgpu/backend.ts";
export { findWebGpuAdapter, type WebGpuAdapter } from "./kernels/webgpu/device.ts";
export { DeviceLostError, WebGpuUnavailableError } from "./kernels/webgpu/errors.ts";
export type { WasmOptions } from "./wasm/engine.ts";
export type { WasmModules, WasmTier } from "./wasm/tiers.ts";
export * from "./src/mod.ts";
