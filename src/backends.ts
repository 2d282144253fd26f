/**
 * Makes a backend by name.
 *
 * @module
 */
import type { WasmOptions } from "../wasm/engine.ts";
import type { Backend } from "../kernels/kernel.ts";
import type { WebGpuOptions } from "../kernels/webgpu/backend.ts";
import { checkObject } from "./base/checks.ts";
import { checkKeys } from "./base/known_keys.ts";
import { WASM_KEYS } from "./backend_options/wasm.ts";
import { WEBGPU_KEYS } from "./backend_options/webgpu.ts";
import { findWebGpuAdapter } from "../kernels/webgpu/device.ts";
import { WebGpuUnavailableError } from "../kernels/webgpu/errors.ts";

/** The name of a backend; "auto" takes the fastest one available. */
export type BackendName = "auto" | "webgpu" | "wasm" | "reference";

const TASK = "create a backend";

/** Options of all backends. Each backend accepts its own only, "auto" all of them, and "reference" none. */
export interface BackendOptions extends WasmOptions, WebGpuOptions {}

/**
 * Makes a backend. Dispose it when done (`using`), which also ends its threads.
 *
 * @param name "auto" (default): WebGPU on a suitable hardware adapter, else WASM, else the reference. "webgpu":
 *   compute shaders, also on a software adapter. "wasm": kernels compiled to WebAssembly. "reference":
 *   pure TypeScript in float64, the definition of every kernel.
 * @param options Tier, threads and memory of "wasm"; the device of "webgpu".
 * @throws {TypeError} if the name, an option or the tier is unknown, or the engine cannot do what an option asks for.
 * @throws {RangeError} if threads is neither "auto" nor a number of threads.
 * @throws {Error} if "webgpu" finds no adapter: the message says what to install.
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
  checkObject(options, "options", TASK);
  switch (name) {
    case "auto":
      checkKeys(options, [...WASM_KEYS, ...WEBGPU_KEYS], TASK);
      if (options.device) return await webGpu(options);
      return await createOnHardware(options) ?? await createOnProcessor(options);
    case "webgpu":
      checkKeys(options, WEBGPU_KEYS, TASK, '"webgpu"');
      return await webGpu(options);
    case "wasm":
      checkKeys(options, WASM_KEYS, TASK, '"wasm"');
      return await wasm(options);
    case "reference":
      checkKeys(options, [], TASK, '"reference"');
      return await reference();
    default:
      throw new TypeError(
        `Cannot ${TASK}: "${name}" is unknown; there are "auto", "webgpu", "wasm", "reference"`,
      );
  }
}

/** Returns undefined without a GPU, or if the GPU lacks something that the kernels need. */
async function createOnHardware(options: BackendOptions): Promise<Backend | undefined> {
  try {
    if ((await findWebGpuAdapter())?.software !== false) return undefined;
    return await webGpu(options);
  } catch (error) {
    if (error instanceof WebGpuUnavailableError) return undefined;
    throw error;
  }
}

async function createOnProcessor(options: BackendOptions): Promise<Backend> {
  if (typeof WebAssembly === "undefined") return await reference();
  return await wasm(options);
}

// Backends are imported when they are made: a bundler gives each a file of its own, and a page loads one of them.

async function webGpu(options: WebGpuOptions): Promise<Backend> {
  const { createWebGpuBackend } = await import("../kernels/webgpu/backend.ts");
  return await createWebGpuBackend(options);
}

async function wasm(options: WasmOptions): Promise<Backend> {
  const { WasmBackend } = await import("../wasm/backend.ts");
  return await WasmBackend.create(options);
}

async function reference(): Promise<Backend> {
  const { ReferenceBackend } = await import("../kernels/reference/backend.ts");
  return new ReferenceBackend();
}
