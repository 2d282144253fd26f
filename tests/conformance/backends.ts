/**
 * The backends that every kernel is tried on. To add one, add a line.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { ReferenceBackend } from "../../kernels/reference/backend.ts";
import { createWebGpuBackend } from "../../kernels/webgpu/backend.ts";
import { WasmBackend } from "../../wasm/backend.ts";
import { hasAdapter } from "../webgpu/adapter.ts";

/** Makes a backend of its own for each test. */
export interface BackendFactory {
  readonly name: string;
  create(): Promise<Backend>;
}

/** Every backend, and every way of running one. */
export const backends: readonly BackendFactory[] = [
  { name: "reference", create: () => Promise.resolve(new ReferenceBackend()) },
  { name: "wasm scalar", create: () => WasmBackend.create({ tier: "scalar" }) },
  { name: "wasm simd", create: () => WasmBackend.create({ tier: "simd" }) },
  { name: "wasm relaxed", create: () => WasmBackend.create({ tier: "relaxed" }) },
  {
    name: "wasm simd, 2 threads",
    create: () => WasmBackend.create({ tier: "simd", threads: 2 }),
  },
  {
    name: "wasm relaxed, 2 threads",
    create: () => WasmBackend.create({ tier: "relaxed", threads: 2 }),
  },
  ...(await hasAdapter() ? [{ name: "webgpu", create: () => createWebGpuBackend() }] : []),
];
