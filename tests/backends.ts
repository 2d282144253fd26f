/**
 * Every backend that the tests run on, each with how closely it must agree with float64. To test another one, add
 * a line. Tests put the backend's name first, so `--filter "wasm simd:"` picks the tests of one backend.
 */
import { type Backend, type BackendOptions, createBackend } from "../mod.ts";
import { hasIntegerDots } from "../kernels/webgpu/screening_probe.ts";
import { FLOAT32, FLOAT64, type GoldenTolerances } from "./golden/tolerances.ts";
import { showMissingAdapter, whyNoAdapter } from "./webgpu/adapter.ts";

/** A backend under test. */
export interface TestedBackend extends GoldenTolerances {
  /** The name in the names of tests. */
  readonly name: string;
  /** Whether it has the kernels of certified screening. */
  readonly screens: boolean;
  /** Whether it has the kernels that take weights in the type of their file. */
  readonly storedWeights: boolean;
  /** Makes a backend, which the test disposes. */
  create(): Promise<Backend>;
}

const WASM: readonly [string, BackendOptions][] = [
  ["wasm scalar", { tier: "scalar" }],
  ["wasm simd", { tier: "simd" }],
  ["wasm relaxed", { tier: "relaxed" }],
  ["wasm simd, 2 threads", { tier: "simd", threads: 2 }],
  ["wasm relaxed, 2 threads", { tier: "relaxed", threads: 2 }],
];

/** The backends that need no GPU. */
export const portableBackends: readonly TestedBackend[] = [
  {
    name: "reference",
    screens: true,
    storedWeights: true,
    create: () => createBackend("reference"),
    ...FLOAT64,
  },
  ...WASM.map(([name, options]) => ({
    name,
    screens: true,
    storedWeights: true,
    create: () => createBackend("wasm", options),
    ...FLOAT32,
  })),
];

/** The backends of this machine: WebGPU is among them if there is an adapter. */
export const backends: readonly TestedBackend[] = [
  ...portableBackends,
  ...(whyNoAdapter ? [] : [{
    name: "webgpu",
    screens: hasIntegerDots(),
    storedWeights: false,
    create: () => createBackend("webgpu"),
    ...FLOAT32,
  }]),
];

showMissingAdapter();
