/**
 * What `chromium_test.ts` runs in a page: the conformance suite, launch by launch.
 *
 * @module
 */
import type { AnyKernel } from "../../kernels/kernel.ts";
import { createWebGpuBackend, type WebGpuBackend } from "../../kernels/webgpu/backend.ts";
import { Random } from "../../src/random.ts";
import { cases } from "../conformance/cases.ts";
import type { KernelCases } from "../conformance/launch.ts";
import { runLaunch } from "../conformance/run_launch.ts";

let backend: WebGpuBackend | undefined;

/** What the page offers to the test. */
export interface BrowserConformance {
  /** The adapter's name. */
  describe(): Promise<string>;
  /** The complaints about one kernel. */
  complaintsOf(kernel: string, seed: number): Promise<string[]>;
}

const conformance: BrowserConformance = {
  async describe() {
    backend ??= await createWebGpuBackend();
    return backend.description;
  },
  async complaintsOf(kernel, seed) {
    backend ??= await createWebGpuBackend();
    const each = cases[kernel as keyof typeof cases] as unknown as KernelCases<AnyKernel>;
    const found: string[] = [];
    for (const launch of each.launches(Random.fromSeed(seed))) {
      found.push(...await runLaunch(backend, each, launch));
    }
    if (backend.allocatedBytes !== 0) found.push(`${backend.allocatedBytes} bytes are left`);
    return found;
  },
};

(globalThis as unknown as { conformance: BrowserConformance }).conformance = conformance;
