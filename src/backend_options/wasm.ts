/**
 * The names of the WASM backend's options.
 *
 * @module
 */
import type { WasmOptions } from "../../wasm/engine.ts";

/** The keys of {@linkcode WasmOptions}. */
export const WASM_KEYS: readonly string[] = /* @__PURE__ */ Object.keys(
  {
    tier: true,
    modules: true,
    threads: true,
    mostBytes: true,
  } satisfies Record<keyof WasmOptions, true>,
);
