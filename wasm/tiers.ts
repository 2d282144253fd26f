/**
 * The compiled kernels, best first, and which of them this engine can run.
 *
 * @module
 */

/** Which instructions: fused multiply-add, 128-bit SIMD, or neither. */
export type WasmTier = "relaxed" | "simd" | "scalar";

/** A tier that this engine validates. */
export interface PickedTier {
  /** In words: "relaxed SIMD". */
  readonly description: string;
  /** The module. */
  readonly bytes: Uint8Array<ArrayBuffer>;
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

/** Throws a TypeError unless `asked` is undefined or the name of a tier. */
export function checkTier(asked: string | undefined): void {
  if (asked === undefined || Object.hasOwn(TIERS, asked)) return;
  const known = Object.keys(TIERS).map((tier) => `"${tier}"`).join(", ");
  throw new TypeError(`Cannot start WASM: tier must be one of ${known} but is "${asked}"`);
}

/**
 * The tier asked for, or the best.
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
    if (WebAssembly.validate(bytes)) return { description: tier.description, bytes };
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
