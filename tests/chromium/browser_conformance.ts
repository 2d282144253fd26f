/**
 * The script that `conformance_test.ts` runs in a page: the conformance suite, launch by launch.
 *
 * @module
 */
import type { AnyKernel } from "../../kernels/kernel.ts";
import { createWebGpuBackend, type WebGpuBackend } from "../../kernels/webgpu/backend.ts";
import { Random } from "../../src/base/random.ts";
import { cases, recipeCases, screeningCases } from "../conformance/cases.ts";
import { inTurn, type KernelCases } from "../conformance/launch.ts";
import { runLaunch } from "../conformance/run_launch.ts";

const all = { ...cases, ...recipeCases, ...screeningCases };
const backends = new Map<boolean, WebGpuBackend>();

/** WGSL lets a device take subnormal numbers for 0, and SwiftShader does. */
const FLUSHED: readonly string[] = ["subnormal rows"];

async function backendWith(subgroups: boolean): Promise<WebGpuBackend> {
  const known = backends.get(subgroups);
  if (known) return known;
  const backend = await createWebGpuBackend({ subgroups });
  backends.set(subgroups, backend);
  return backend;
}

/** How a kernel is run. */
export interface BrowserOptions {
  readonly seed: number;
  readonly turns: number;
  /** Whether sums use subgroups. */
  readonly subgroups: boolean;
}

/** Functions of the page that the test calls. */
export interface BrowserConformance {
  /** Returns the adapter's name. */
  describe(): Promise<string>;
  /** Returns whether the adapter has subgroups. */
  hasSubgroups(): Promise<boolean>;
  /** Returns the complaints about one kernel, of whose launches one in `turns` is run. */
  complaintsOf(kernel: string, options: BrowserOptions): Promise<string[]>;
}

const conformance: BrowserConformance = {
  async describe() {
    return (await backendWith(false)).description;
  },
  async hasSubgroups() {
    return (await backendWith(true)).subgroups;
  },
  async complaintsOf(kernel, { seed, turns, subgroups }) {
    const backend = await backendWith(subgroups);
    const each = all[kernel as keyof typeof all] as unknown as KernelCases<AnyKernel>;
    const found: string[] = [];
    for (const launch of inTurn([...each.launches(Random.fromSeed(seed))], turns, seed)) {
      if (launch.title !== undefined && FLUSHED.includes(launch.title)) continue;
      found.push(...await runLaunch(backend, each, launch));
    }
    if (backend.allocatedBytes !== 0) found.push(`${backend.allocatedBytes} bytes are left`);
    return found;
  },
};

(globalThis as unknown as { conformance: BrowserConformance }).conformance = conformance;
