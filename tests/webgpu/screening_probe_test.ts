/** The choice of screening: by bits first and then by time, without leaks. */

import { assert, assertEquals } from "@std/assert";
import { createWebGpuBackend } from "../../kernels/webgpu/backend.ts";
import { chooseScreening, probeScreening } from "../../kernels/webgpu/screening_probe.ts";
import { screensOn } from "../../src/model/screening.ts";
import { gpuTest } from "./adapter.ts";

const faster = { plain: 2, screened: 1, isEqual: true };
const slower = { plain: 1, screened: 1, isEqual: true };
const different = { plain: 2, screened: 1, isEqual: false };

Deno.test("chooseScreening() screens what is faster, and nothing where bits differ", () => {
  const choose = (relu: typeof faster, topk: typeof faster) => {
    const { screening, screenedSelections } = chooseScreening({ relu, topk });
    return [screening, screenedSelections.includes("relu"), screenedSelections.includes("topk")];
  };
  assertEquals(choose(faster, faster), ["faster", true, true]);
  assertEquals(choose(faster, slower), ["faster", true, false]);
  assertEquals(choose(slower, faster)[0], "slower");
  assertEquals(choose(different, faster), [undefined, false, false]);
  assertEquals(choose(faster, different), [undefined, false, false]);
});

gpuTest("probeScreening() times and compares both encodes and leaves nothing behind", async () => {
  using backend = await createWebGpuBackend();
  if (backend.screening === undefined) return;
  const probes = await probeScreening(backend, { B: 3, d: 100, N: 3000 }, 0);
  for (const { plain, screened, isEqual } of Object.values(probes)) {
    assert(isEqual && plain > 0 && screened > 0);
  }
  assertEquals(backend.allocatedBytes, 0);
});

gpuTest("top-k screens where it is asked to, and by itself only where that is faster", async () => {
  using backend = await createWebGpuBackend();
  if (backend.screening === undefined) return;
  const encode = { selection: "topk", k: 8, inputSize: 128, latentCount: 4096 } as const;
  assert(screensOn(backend, "on", encode, "test"));
  const isFaster = backend.screening === "faster" && backend.screenedSelections.includes("topk");
  assertEquals(screensOn(backend, "auto", encode, "test"), isFaster);
});
