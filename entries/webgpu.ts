/**
 * The library with the WebGPU backend only, for smaller bundles.
 *
 * Exports everything that `@matryoshka/sae` does, except `createBackend` and the WASM backend.
 *
 * @example
 * ```ts
 * import { createWebGpuBackend, WebGpuUnavailableError } from "@matryoshka/sae/webgpu";
 *
 * try {
 *   using backend = await createWebGpuBackend();
 *   console.log(backend.description);
 * } catch (error) {
 *   if (!(error instanceof WebGpuUnavailableError)) throw error;
 *   console.log("No GPU here: take @matryoshka/sae/wasm");
 * }
 * ```
 *
 * @module
 */
import type { Backend } from "../kernels/kernel.ts";
import { WEBGPU_KEYS } from "../src/backend_options/webgpu.ts";
import { checkObject } from "../src/base/checks.ts";
import { checkKeys } from "../src/base/known_keys.ts";
import { createWebGpuBackend as create, type WebGpuOptions } from "../kernels/webgpu/backend.ts";

export type { WebGpuOptions } from "../kernels/webgpu/backend.ts";
export { findWebGpuAdapter, type WebGpuAdapter } from "../kernels/webgpu/device.ts";
export { DeviceLostError, WebGpuUnavailableError } from "../kernels/webgpu/errors.ts";
export * from "../src/mod.ts";

/**
 * Makes a backend that computes in compute shaders. Dispose it when done, which also destroys the device unless the
 * options gave it.
 *
 * @param options The device and how to use it; by default a new device on the fastest adapter.
 * @throws {TypeError} if an option is unknown.
 * @throws {WebGpuUnavailableError} if there is no WebGPU, no adapter, or the adapter is too small.
 *
 * @example
 * ```ts
 * import { createWebGpuBackend, WebGpuUnavailableError } from "@matryoshka/sae/webgpu";
 *
 * const backend = await createWebGpuBackend().catch((error) => {
 *   if (error instanceof WebGpuUnavailableError) return undefined;
 *   throw error;
 * });
 * console.log(backend?.description ?? "no adapter");
 * backend?.[Symbol.dispose]();
 * ```
 */
export async function createWebGpuBackend(options: WebGpuOptions = {}): Promise<Backend> {
  const task = "create a backend";
  checkObject(options, "options", task);
  checkKeys(options, WEBGPU_KEYS, task);
  return await create(options);
}
