/**
 * The library with the WebGPU backend alone, so that a bundle holds no other.
 *
 * All of `@matryoshka/sae` is here but `createBackend` and what belongs to WASM.
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
import { createWebGpuBackend as create, type WebGpuOptions } from "../kernels/webgpu/backend.ts";

export type { WebGpuOptions } from "../kernels/webgpu/backend.ts";
export { findWebGpuAdapter, type WebGpuAdapter } from "../kernels/webgpu/device.ts";
export { DeviceLostError, WebGpuUnavailableError } from "../kernels/webgpu/errors.ts";
export * from "../src/mod.ts";

/**
 * Makes a backend of compute shaders. Dispose it when done: that also ends the device, unless it was given.
 *
 * @param options the device to use and how; by default a new one on the fastest adapter.
 * @throws {WebGpuUnavailableError} if there is no WebGPU, no adapter, or too small a one.
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
export function createWebGpuBackend(options: WebGpuOptions = {}): Promise<Backend> {
  return create(options);
}
