/**
 * Requests a device with the highest limits that its adapter allows.
 *
 * @module
 */
import { WebGpuUnavailableError } from "./errors.ts";

const TASK = "Cannot create a WebGPU backend";

/** The least that kernels need: WebGPU's defaults, which all but the weakest adapters have. */
const NEEDED = {
  maxStorageBuffersPerShaderStage: 8,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 16384,
} as const;

/** Limits that are requested as high as the adapter allows. */
const RAISED = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupStorageSize",
] as const;

/** Features that are requested if the adapter has them: for the times of stages in benchmarks, and for sums by subgroups. */
const OPTIONAL = ["timestamp-query", "subgroups"] as GPUFeatureName[];

/** An adapter that a WebGPU backend can run on. */
export interface WebGpuAdapter {
  /** The name of the card, or of the software that emulates one. */
  readonly description: string;
  /** Whether it computes on the CPU: correct, but slow. */
  readonly software: boolean;
}

/** A device, and its adapter. */
export interface DeviceChoice extends WebGpuAdapter {
  readonly device: GPUDevice;
}

function describe(info: GPUAdapterInfo): WebGpuAdapter {
  const name = info.description || info.device || info.architecture || info.vendor || "unnamed";
  const software = info.isFallbackAdapter ||
    /llvmpipe|swiftshader|lavapipe|basic render/i.test(name);
  return { description: name, software };
}

/** Checks the limits of a device that the caller made, and describes its adapter. */
export function givenDevice(device: GPUDevice): DeviceChoice {
  checkLimits(device.limits);
  return { device, ...describe(device.adapterInfo) };
}

/**
 * Makes a device on the fastest adapter. Each call requests a fresh adapter, since one gives only one device.
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
    // Deno 2.9.6 does not list subgroups, even for an adapter that supports them.
    return await deviceWith(["subgroups" as GPUFeatureName]);
  } catch (error) {
    if (error instanceof WebGpuUnavailableError) throw error;
    return await deviceWith([]);
  }
}

/** Requests a device with the optional features that the adapter lists, and with those in `unlisted`. */
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
 * Returns the adapter that `createBackend("webgpu")` would use, without making a device, or undefined if there
 * is no WebGPU or no adapter. "auto" chooses WebGPU if there is an adapter that is not software.
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
