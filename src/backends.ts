/**
 * Makes a backend by name.
 *
 * @module
 */
import { WasmBackend } from "../wasm/backend.ts";
import type { WasmOptions } from "../wasm/engine.ts";
import type { Backend } from "../kernels/kernel.ts";
import { ReferenceBackend } from "../kernels/reference/backend.ts";
import { createWebGpuBackend, type WebGpuOptions } from "../kernels/webgpu/backend.ts";
import { findWebGpuAdapter } from "../kernels/webgpu/device.ts";
import { WebGpuUnavailableError } from "../kernels/webgpu/errors.ts";

/** The backends by name; "auto" takes the fastest that is available. */
export type BackendName = "auto" | "webgpu" | "wasm" | "reference";

/** Options of the backends: each takes its own and ignores the others'; "reference" has none. */
export interface BackendOptions extends WasmOptions, WebGpuOptions {}

/**
 * Makes a backend. Dispose it when done (`using`): that also ends its threads.
 *
 * @param name "auto" (default): WebGPU on a hardware adapter that is able, else WASM, else the reference. "webgpu":
 *   compute shaders, on a software adapter too. "wasm": kernels compiled to WebAssembly. "reference":
 *   pure TypeScript in float64, the definition of every kernel.
 * @param options Tier, threads and memory of "wasm"; the device of "webgpu".
 * @throws {TypeError} on an unknown name or tier, or if an option asks for what the engine lacks.
 * @throws {RangeError} if threads is neither "auto" nor a number of threads.
 * @throws {Error} "webgpu" without an adapter: the message says what to install.
 *
 * @example
 * ```ts
 * import { createBackend } from "@matryoshka/sae";
 *
 * using backend = await createBackend("wasm", { threads: "auto" });
 * console.log(backend.name, backend.description);
 * ```
 */
export async function createBackend(
  name: BackendName = "auto",
  options: BackendOptions = {},
): Promise<Backend> {
  switch (name) {
    case "auto":
      if (options.device) return await createWebGpuBackend(options);
      return await createOnHardware(options) ?? await createOnProcessor(options);
    case "webgpu":
      return await createWebGpuBackend(options);
    case "wasm":
      return await WasmBackend.create(options);
    case "reference":
      if (Object.keys(options).length > 0) {
        throw new TypeError(
          `Cannot create a backend: "reference" has no options but was given ${
            Object.keys(options).join(", ")
          }`,
        );
      }
      return new ReferenceBackend();
    default:
      throw new TypeError(
        `Cannot create a backend: "${name}" is unknown; there are "auto", "webgpu", "wasm", "reference"`,
      );
  }
}

/** Undefined where there is no GPU, or one that lacks what kernels need. */
async function createOnHardware(options: BackendOptions): Promise<Backend | undefined> {
  try {
    if ((await findWebGpuAdapter())?.software !== false) return undefined;
    return await createWebGpuBackend(options);
  } catch (error) {
    if (error instanceof WebGpuUnavailableError) return undefined;
    throw error;
  }
}

async function createOnProcessor(options: BackendOptions): Promise<Backend> {
  if (typeof WebAssembly === "undefined") return new ReferenceBackend();
  return await WasmBackend.create(options);
}
