/**
 * The names of the WebGPU backend's options.
 *
 * @module
 */
import type { WebGpuOptions } from "../../kernels/webgpu/backend.ts";

/** The keys of {@linkcode WebGpuOptions}. */
export const WEBGPU_KEYS: readonly string[] = /* @__PURE__ */ Object.keys(
  {
    device: true,
    maxBindingBytes: true,
    maxDispatchFlops: true,
    tileSide: true,
    subgroups: true,
  } satisfies Record<keyof WebGpuOptions, true>,
);
