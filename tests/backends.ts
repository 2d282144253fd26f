/** Every backend that the tests run on, with how closely it must agree with float64. */
import { type Backend, type BackendOptions, createBackend } from "../mod.ts";
import { hasAdapter } from "./webgpu/adapter.ts";

/** A backend under test. */
export interface TestedBackend {
  readonly name: string;
  create(): Promise<Backend>;
  /** Largest relative error of the loss and of each gradient against the golden vectors. */
  readonly lossTolerance: number;
  /** The same for 150 recorded training steps. */
  readonly trajectoryTolerance: { readonly figures: number; readonly parameters: number };
}

/**
 * What float32 allows. A gradient element sums some hundred products of magnitude up to the largest
 * element, each rounded to 2^-24 ≈ 6e-8: 4·√K·2^-24 is 5e-6 at K = 400, and cancellation adds to it.
 * Recorded runs are followed to 1e-3 where float32 can: two of the three stay within 2e-6, the third is
 * chaotic (see golden_test.ts).
 */
const FLOAT32 = {
  lossTolerance: 2e-5,
  trajectoryTolerance: { figures: 1e-3, parameters: 1e-3 },
} as const;

const WASM: readonly [string, BackendOptions][] = [
  ["wasm scalar", { tier: "scalar" }],
  ["wasm simd", { tier: "simd" }],
  ["wasm relaxed", { tier: "relaxed" }],
  ["wasm simd, 2 threads", { tier: "simd", threads: 2 }],
  ["wasm relaxed, 2 threads", { tier: "relaxed", threads: 2 }],
];

/** All of them. */
export const backends: readonly TestedBackend[] = [
  {
    name: "reference",
    create: () => createBackend("reference"),
    // float64 throughout; results come back rounded to float32, 2^-24 relative.
    lossTolerance: 1e-6,
    trajectoryTolerance: { figures: 1e-5, parameters: 1e-4 },
  },
  ...WASM.map(([name, options]) => ({
    name,
    create: () => createBackend("wasm", options),
    ...FLOAT32,
  })),
  ...(await hasAdapter()
    ? [{ name: "webgpu", create: () => createBackend("webgpu"), ...FLOAT32 }]
    : []),
];
