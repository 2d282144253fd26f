/** What the WebGPU backend owes besides right numbers: submits, memory, errors, the same bits. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createWebGpuBackend } from "../../kernels/webgpu/backend.ts";
import { DeviceLostError, WebGpuUnavailableError } from "../../kernels/webgpu/errors.ts";
import { Random, type SaeParameters, Trainer, type TrainerOptions } from "../../mod.ts";
import { countOn } from "./counting_device.ts";

const OPTIONS: TrainerOptions = {
  inputSize: 12,
  latentCount: 40,
  prefixCount: 3,
  steps: 1000,
  seed: 5,
  targetL0: 4,
};

async function newDevice(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  return await adapter!.requestDevice();
}

function batches(random: Random): () => Float32Array {
  return () => Float32Array.from({ length: 16 * OPTIONS.inputSize }, () => random.normal());
}

Deno.test("a training step is one submit, and nothing is read between metrics", async () => {
  const device = await newDevice();
  const counts = countOn(device);
  {
    using backend = await createWebGpuBackend({ device });
    for (const path of ["dense", "sparse"] as const) {
      using trainer = await Trainer.create(backend, { ...OPTIONS, path });
      const next = batches(Random.fromSeed(1));
      for (let s = 0; s < 200; s++) {
        const before = { ...counts };
        await trainer.step(next());
        // The metrics ring has 32 rows: it is read after each 32 steps, in one submit.
        const reads = trainer.stepCount % 32 === 0 ? 1 : 0;
        const taken = [counts.submits - before.submits, counts.maps - before.maps];
        assertEquals(taken, [1 + reads, reads], `${path}, step ${s}`);
      }
    }
  }
  device.destroy();
});

Deno.test("1,000 steps leave no more memory than the first few, and disposal none", async () => {
  using backend = await createWebGpuBackend();
  assertEquals(backend.allocatedBytes, 0);
  {
    using trainer = await Trainer.create(backend, { ...OPTIONS, path: "sparse" });
    const next = batches(Random.fromSeed(2));
    for (let s = 0; s < 200; s++) await trainer.step(next());
    const early = backend.allocatedBytes;
    assert(early > 0);
    for (let s = 200; s < 1000; s++) await trainer.step(next());
    assert(backend.allocatedBytes <= early, `${backend.allocatedBytes} bytes, at first ${early}`);
  }
  assertEquals(backend.allocatedBytes, 0);
});

Deno.test("two runs give the same bits", async () => {
  for (const path of ["dense", "sparse"] as const) {
    const outcomes: SaeParameters[] = [];
    for (let time = 0; time < 2; time++) {
      using backend = await createWebGpuBackend();
      using trainer = await Trainer.create(backend, { ...OPTIONS, path });
      const next = batches(Random.fromSeed(3));
      for (let s = 0; s < 40; s++) await trainer.step(next());
      outcomes.push(await trainer.parameters());
    }
    assertEquals(outcomes[0], outcomes[1]);
  }
});

Deno.test("a device that is destroyed in mid-training is a DeviceLostError", async () => {
  const device = await newDevice();
  using backend = await createWebGpuBackend({ device });
  using trainer = await Trainer.create(backend, OPTIONS);
  const next = batches(Random.fromSeed(4));
  for (let s = 0; s < 3; s++) await trainer.step(next());
  device.destroy();
  const error = await assertRejects(() => trainer.metrics(), DeviceLostError, "was lost");
  assertEquals(error.name, "DeviceLostError");
  await assertRejects(() => trainer.step(next()), DeviceLostError, "resume from saved parameters");
  assertThrows(() => backend.tensor("f32", [1]), DeviceLostError, "Cannot make a tensor");
});

Deno.test("without WebGPU or an adapter the error says what to install", async () => {
  const gpu = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(navigator), "gpu")!;
  const withGpu = async (value: unknown, message: string) => {
    Object.defineProperty(navigator, "gpu", { value, configurable: true });
    try {
      await assertRejects(() => createWebGpuBackend(), WebGpuUnavailableError, message);
    } finally {
      Object.defineProperty(navigator, "gpu", gpu);
      delete (navigator as { gpu?: unknown }).gpu;
    }
  };
  await withGpu(undefined, "there is no navigator.gpu");
  await withGpu({ requestAdapter: () => Promise.resolve(null) }, "mesa-vulkan-drivers");
  assert(navigator.gpu !== undefined);
});

Deno.test("a tensor larger than a buffer may be says both sizes", async () => {
  using backend = await createWebGpuBackend();
  const { message } = assertThrows(() => backend.tensor("f32", [2 ** 20, 2 ** 20]), RangeError);
  assert(message.includes(`${2 ** 42} bytes`), message);
});
