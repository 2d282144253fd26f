/**
 * The compiled kernels, best tier first, and the choice of one that this runtime supports.
 *
 * @module
 */

/** The instructions that kernels use: fused multiply-adds, 128-bit SIMD, or neither. */
export type WasmTier = "relaxed" | "simd" | "scalar";

/** Kernels that are already compiled, by tier; one tier is enough. */
export type WasmModules = { readonly [tier in WasmTier]?: WebAssembly.Module };

/** A tier that this runtime supports. */
export interface PickedTier {
  /** In words: "relaxed SIMD". */
  readonly description: string;
  readonly module: WebAssembly.Module;
}

interface Tier {
  readonly description: string;
  /** Loads the build when the tier is tried, so that start-up decodes one build and not five. */
  readonly single: () => Promise<string>;
  /** Loads the build that imports a shared memory. No supported engine has threads without SIMD. */
  readonly threads?: () => Promise<string>;
}

const TIERS: Record<WasmTier, Tier> = {
  relaxed: {
    description: "relaxed SIMD",
    single: async () => (await import("./generated/relaxed.wasm.ts")).relaxedWasm,
    threads: async () => (await import("./generated/relaxed-threads.wasm.ts")).relaxedThreadsWasm,
  },
  simd: {
    description: "SIMD",
    single: async () => (await import("./generated/simd.wasm.ts")).simdWasm,
    threads: async () => (await import("./generated/simd-threads.wasm.ts")).simdThreadsWasm,
  },
  scalar: {
    description: "scalar",
    single: async () => (await import("./generated/scalar.wasm.ts")).scalarWasm,
  },
};

const KNOWN = /* @__PURE__ */ Object.keys(TIERS).map((tier) => `"${tier}"`).join(", ");

/** Throws a TypeError unless `asked` is undefined or the name of a tier. */
export function checkTier(asked: string | undefined): void {
  if (asked === undefined || Object.hasOwn(TIERS, asked)) return;
  throw new TypeError(`Cannot start WASM: tier must be one of ${KNOWN} but is "${asked}"`);
}

/**
 * Picks the tier asked for, or the best, from modules that are already compiled.
 *
 * @throws {TypeError} if the tier is not among them, or `modules` does not map tiers to modules.
 */
export function pickModule(asked: WasmTier | undefined, modules: WasmModules): PickedTier {
  if (typeof modules !== "object" || modules === null) {
    throw new TypeError(`Cannot start WASM: modules must be an object but is ${modules}`);
  }
  for (const [tier, module] of Object.entries(modules)) {
    if (!Object.hasOwn(TIERS, tier)) {
      throw new TypeError(`Cannot start WASM: modules must be keyed by ${KNOWN} but has "${tier}"`);
    }
    if (module !== undefined && !(module instanceof WebAssembly.Module)) {
      throw new TypeError(`Cannot start WASM: modules.${tier} must be a WebAssembly.Module`);
    }
  }
  for (const tier of asked ? [asked] : Object.keys(TIERS) as WasmTier[]) {
    const module = modules[tier];
    if (module) return { description: TIERS[tier].description, module };
  }
  const given = Object.keys(modules).map((tier) => `"${tier}"`).join(", ") || "nothing";
  throw new TypeError(
    `Cannot start WASM: modules must have ${
      asked ? `"${asked}"` : `one of ${KNOWN}`
    } but has ${given}`,
  );
}

/**
 * Compiles the tier asked for, or the best.
 *
 * @throws {TypeError} if this engine does not support it.
 */
export async function pickTier(
  asked: WasmTier | undefined,
  build: "single" | "threads",
): Promise<PickedTier> {
  for (const tier of asked ? [TIERS[asked]] : Object.values(TIERS)) {
    const base64 = await tier[build]?.();
    if (base64 === undefined) continue;
    const bytes = decodeBase64(base64);
    if (!WebAssembly.validate(bytes)) continue;
    // Synchronous compilation takes 1 ms at this size, less than handing it to a thread of the engine.
    return { description: tier.description, module: new WebAssembly.Module(bytes) };
  }
  const what = `${asked === undefined ? "any" : `the ${asked}`} tier`;
  throw new TypeError(
    `Cannot start WASM: this engine does not support ${what}${
      build === "threads" ? " with threads" : ""
    }`,
  );
}

/** Decodes in a loop: `Uint8Array.from(text, …)` takes 20 ms for 27 KB, and Node 20 lacks `fromBase64`. */
function decodeBase64(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
