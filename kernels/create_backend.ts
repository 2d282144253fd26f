/**
 * Makes a backend by name.
 *
 * @module
 */
import type { Backend } from "./kernel.ts";
import { ReferenceBackend } from "./reference/backend.ts";

/** The backends by name; "auto" takes the fastest that is available. */
export type BackendName = "auto" | "reference";

/**
 * Makes a backend. Dispose it when done (`using`).
 *
 * @param name "auto" (default) or "reference", the pure-TypeScript float64 backend.
 * @throws {TypeError} on an unknown name.
 *
 * @example
 * ```ts
 * import { createBackend } from "@matryoshka/sae";
 *
 * using backend = await createBackend();
 * console.log(backend.name, backend.description);
 * ```
 */
// deno-lint-ignore require-await -- asynchronous by contract: other backends compile first
export async function createBackend(name: BackendName = "auto"): Promise<Backend> {
  switch (name) {
    case "auto":
    case "reference":
      return new ReferenceBackend();
    default:
      throw new TypeError(
        `Cannot create a backend: "${name}" is unknown; there are "auto", "reference"`,
      );
  }
}
