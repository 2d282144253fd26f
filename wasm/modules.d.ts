/**
 * The WASM kernels as modules that the runtime compiles when it loads them, for runtimes that refuse to
 * compile bytes, such as Cloudflare Workers. This needs `import source`: Deno ≥ 2.6, Node ≥ 24, workerd.
 *
 * @example
 * ```ts
 * import { createWasmBackend } from "@matryoshka/sae/wasm";
 * import { wasmModules } from "@matryoshka/sae/wasm-modules";
 *
 * using backend = await createWasmBackend({ modules: wasmModules });
 * console.log(backend.description);
 * ```
 *
 * @module
 */

/** Every tier of the kernels on one thread, for the option `modules` of the WASM backend. */
export declare const wasmModules: {
  /** Fused multiply-adds on 128-bit SIMD. */
  readonly relaxed: WebAssembly.Module;
  /** 128-bit SIMD. */
  readonly simd: WebAssembly.Module;
  /** Neither. */
  readonly scalar: WebAssembly.Module;
};
