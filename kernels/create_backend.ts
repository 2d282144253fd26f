/**
 * Makes a backend by name.
 *
 * @module
 */
import { WasmBackend } from "../wasm/backend.ts";
import type { WasmOptions } from "../wasm/engine.ts";
import type { Backend } from "./kernel.ts";
import { ReferenceBackend } from "./reference/backend.ts";

/** The backends by name; "auto" takes the fastest that is available. */
export type BackendName = "auto" | "wasm" | "reference";

/** Options of the backends; "reference" has none. */
export type BackendOptions = WasmOptions;

/**
 * Makes a backend. Dispose it when done (`using`): that also ends its threads.
 *
 * @param name "auto" (default): WASM, or the reference where there is no WebAssembly. "wasm": kernels
 *   compiled to WebAssembly. "reference": pure TypeScript in float64, the definition of every kernel.
 * @param options Tier, threads and memory of "wasm".
 * @throws {TypeError} on an unknown name or tier, or if an option asks for what the engine lacks.
 * @throws {RangeError} if threads is neither "auto" nor a number of threads.
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
      if (typeof WebAssembly === "undefined") return new ReferenceBackend();
      return await WasmBackend.create(options);
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
        `Cannot create a backend: "${name}" is unknown; there are "auto", "wasm", "reference"`,
      );
  }
}
