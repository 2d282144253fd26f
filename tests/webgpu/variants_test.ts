/** The kernels in settings that small sizes would never reach: split bindings, the large tile, subgroups. */

import { assertLess } from "@std/assert";
import type { AnyKernel } from "../../kernels/kernel.ts";
import { createWebGpuBackend, type WebGpuOptions } from "../../kernels/webgpu/backend.ts";
import { cases, recipeCases, screeningCases } from "../conformance/cases.ts";
import { inTurn, type KernelCases } from "../conformance/launch.ts";
import { runLaunch } from "../conformance/run_launch.ts";
import { assertNone, newRandom, seed } from "../conformance/seed.ts";
import { TURNS } from "../matrix.ts";
import { named } from "../missing.ts";
import { whyNoAdapter } from "./adapter.ts";
import { SUMS } from "./variants.ts";

const all = { ...cases, ...recipeCases, ...screeningCases };

const PRODUCTS = [
  "encode",
  "encodeSparse",
  "prefixResiduals",
  "activationGradient",
  "decoderGradient",
  "encoderGradient",
  "encodeDead",
  "encodeScreened",
] as const;

/** Kernels of a few numbers, which no binding is too small for. */
const SCALAR: readonly string[] = ["sparsityController", "divideByVariance"];
const SPLIT = Object.keys(all).filter((name) => !SCALAR.includes(name)) as (keyof typeof all)[];

const VARIANTS: [string, WebGpuOptions, readonly (keyof typeof all)[]][] = [
  ["with bindings of 32 KiB", { maxBindingBytes: 32768 }, SPLIT],
  ["with tiles of 128×128", { tileSide: 16 }, PRODUCTS],
  ["with sums by subgroups", { subgroups: true }, SUMS],
  ["in many dispatches", { maxDispatchFlops: 1 }, PRODUCTS],
];

/** Returns whether a launch has more than one slice or tile: the conformance suite has the others. */
function isLarge({ dims }: { readonly dims: Readonly<Record<string, number>> }): boolean {
  return Math.max(...Object.values(dims)) > 100;
}

/** Returns whether this adapter has subgroups; without them, the tests that need them are shown as ignored. */
async function hasSubgroups(): Promise<boolean> {
  using backend = await createWebGpuBackend({ subgroups: true });
  return backend.subgroups;
}

const whyNoSubgroups = whyNoAdapter ??
  (await hasSubgroups() ? undefined : "this adapter has no subgroups");

for (const [what, options, names] of VARIANTS) {
  for (const name of names) {
    const reason = options.subgroups ? whyNoSubgroups : whyNoAdapter;
    Deno.test(named(`${name} agrees with its reference ${what}`, reason), async () => {
      using backend = await createWebGpuBackend(options);
      const each = all[name] as unknown as KernelCases<AnyKernel>;
      const found: string[] = [];
      const launches = [...each.launches(newRandom())]
        .filter((launch) => options.subgroups || isLarge(launch));
      assertLess(0, launches.length);
      for (const launch of inTurn(launches, TURNS, seed)) {
        found.push(...await runLaunch(backend, each, launch));
      }
      assertNone(found);
    });
  }
}
