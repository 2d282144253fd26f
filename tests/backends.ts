/** Every backend that the tests run on, with how closely it must agree with float64. */
import { type Backend, type BackendOptions, createBackend } from "../mod.ts";
import { FLOAT32, FLOAT64, type GoldenTolerances } from "./golden/tolerances.ts";
import { hasAdapter } from "./webgpu/adapter.ts";

/** A backend under test. */
export interface TestedBackend extends GoldenTolerances {
  readonly name: string;
  create(): Promise<Backend>;
}

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
    ...FLOAT64,
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
