/**
 * The compiled kernels, best first, and which of them this engine can run.
 *
 * @module
 */

/** Which instructions: fused multiply-add, 128-bit SIMD, or neither. */
export type WasmTier = "relaxed" | "simd" | "scalar";

/** Kernels that were compiled beforehand, by tier: one is enough. */
export type WasmModules = { readonly [tier in WasmTier]?: WebAssembly.Module };

/** A tier that this engine supports. */
export interface PickedTier {
  /** In words: "relaxed SIMD". */
  readonly description: string;
  readonly module: WebAssembly.Module;
}

interface Tier {
  readonly description: string;
  /** Loaded when tried, so that start-up decodes one tier and not five. */
  readonly single: () => Promise<string>;
  /** The build that imports a shared memory. Engines with threads but without SIMD died out. */
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

const KNOWN = Object.keys(TIERS).map((tier) => `"${tier}"`).join(", ");

/** Throws a TypeError unless `asked` is undefined or the name of a tier. */
export function checkTier(asked: string | undefined): void {
  if (asked === undefined || Object.hasOwn(TIERS, asked)) return;
  throw new TypeError(`Cannot start WASM: tier must be one of ${KNOWN} but is "${asked}"`);
}

/**
 * The tier asked for, or the best, of modules that were compiled beforehand.
 *
 * @throws {TypeError} if it is not among them, or if something else than a module by tier is.
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
    // Synchronously: at this size it takes 1 ms, and less than the way to a thread of the engine's and back.
    return { description: tier.description, module: new WebAssembly.Module(bytes) };
  }
  const what = `${asked === undefined ? "any" : `the ${asked}`} tier`;
  throw new TypeError(
    `Cannot start WASM: this engine does not support ${what}${
      build === "threads" ? " with threads" : ""
    }`,
  );
}

/** A loop, since `Uint8Array.from(text, …)` takes 20 ms for 27 KB and Node 20 lacks `fromBase64`. */
function decodeBase64(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
