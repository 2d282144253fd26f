/**
 * Getting a device, with the most that its adapter allows.
 *
 * @module
 */
import { WebGpuUnavailableError } from "./errors.ts";

const TASK = "Cannot create a WebGPU backend";

/** What kernels need at least. All but the weakest adapters have it: these are WebGPU's defaults. */
const NEEDED = {
  maxStorageBuffersPerShaderStage: 8,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 16384,
} as const;

/** Limits that are asked for as high as the adapter goes. */
const RAISED = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupStorageSize",
] as const;

/** Features that are asked for where there are: for `profile`, and for sums by subgroups. */
const OPTIONAL = ["timestamp-query", "subgroups"] as GPUFeatureName[];

/** What a WebGPU backend runs on. */
export interface WebGpuAdapter {
  /** Its name: that of the card, or of the program that stands in for one. */
  readonly description: string;
  /** Whether it computes on the processor: right, but never fast. */
  readonly software: boolean;
}

/** A device and what it is called. */
export interface DeviceChoice extends WebGpuAdapter {
  readonly device: GPUDevice;
}

function describe(info: GPUAdapterInfo): WebGpuAdapter {
  const name = info.description || info.device || info.architecture || info.vendor || "unnamed";
  const software = info.isFallbackAdapter ||
    /llvmpipe|swiftshader|lavapipe|basic render/i.test(name);
  return { description: name, software };
}

/** Names the device that a caller made. */
export function givenDevice(device: GPUDevice): DeviceChoice {
  checkLimits(device.limits);
  return { device, ...describe(device.adapterInfo) };
}

/**
 * Makes a device on the fastest adapter. A fresh adapter each time: it gives one device only.
 *
 * @throws {WebGpuUnavailableError} if there is none.
 */
export async function newDevice(): Promise<DeviceChoice> {
  if (globalThis.navigator?.gpu === undefined) {
    throw new WebGpuUnavailableError(
      `${TASK}: there is no navigator.gpu; Deno has it, and browsers on https or localhost`,
    );
  }
  try {
    // Deno 2.9.6 does not list subgroups, even for an adapter that gives them.
    return await deviceWith(["subgroups" as GPUFeatureName]);
  } catch (error) {
    if (error instanceof WebGpuUnavailableError) throw error;
    return await deviceWith([]);
  }
}

/** Asks a fresh adapter for a device with the optional features that it lists, and with `unlisted`. */
async function deviceWith(unlisted: readonly GPUFeatureName[]): Promise<DeviceChoice> {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw new WebGpuUnavailableError(
      `${TASK}: there is no adapter; install the graphics driver, or Mesa's software adapter ` +
        `(Debian: mesa-vulkan-drivers libvulkan1)`,
    );
  }
  checkLimits(adapter.limits);
  const requiredLimits = Object.fromEntries(RAISED.map((name) => [name, adapter.limits[name]]));
  const listed = OPTIONAL.filter((name) => adapter.features.has(name));
  const requiredFeatures = [...new Set([...listed, ...unlisted])];
  const device = await adapter.requestDevice({ requiredFeatures, requiredLimits });
  return { device, ...describe(adapter.info) };
}

/**
 * What `createBackend("webgpu")` would run on, asked without making a device; undefined where there is no
 * WebGPU, or no adapter. "auto" takes WebGPU where there is one that is not software.
 *
 * @example
 * ```ts
 * import { findWebGpuAdapter } from "@matryoshka/sae";
 *
 * const adapter = await findWebGpuAdapter();
 * const advice = adapter && !adapter.software ? "webgpu" : "wasm";
 * console.log(advice, adapter?.description ?? "no adapter");
 * ```
 */
export async function findWebGpuAdapter(): Promise<WebGpuAdapter | undefined> {
  const adapter = await globalThis.navigator?.gpu?.requestAdapter({
    powerPreference: "high-performance",
  });
  return adapter ? describe(adapter.info) : undefined;
}

function checkLimits(limits: GPUSupportedLimits): void {
  for (const [name, needed] of Object.entries(NEEDED)) {
    const has = limits[name as keyof typeof NEEDED];
    if (has < needed) {
      throw new WebGpuUnavailableError(`${TASK}: ${name} is ${has} but must be ${needed}`);
    }
  }
}
