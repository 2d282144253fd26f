/** Guarantees of the WebGPU backend besides correct results: submits, memory, errors, reproducible bits. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { reverseSums } from "../../kernels/reverse_sums.ts";
import { createWebGpuBackend } from "../../kernels/webgpu/backend.ts";
import { DeviceLostError, WebGpuUnavailableError } from "../../kernels/webgpu/errors.ts";
import { Random, type SaeParameters, Trainer, type TrainerOptions } from "../../mod.ts";
import { Workspace } from "../../src/step/workspace.ts";
import { countOn } from "./counting_device.ts";
import { gpuTest } from "./adapter.ts";

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

gpuTest("a training step is one submit, and nothing is read between metrics", async () => {
  const device = await newDevice();
  const counts = countOn(device);
  {
    using backend = await createWebGpuBackend({ device });
    for (const algorithm of ["dense", "sparse"] as const) {
      using trainer = await Trainer.create(backend, { ...OPTIONS, algorithm });
      const next = batches(Random.fromSeed(1));
      for (let s = 0; s < 200; s++) {
        const before = { ...counts };
        await trainer.step(next());
        // The metrics ring has 32 rows: it is read after each 32 steps, in one submit.
        const reads = trainer.stepCount % 32 === 0 ? 1 : 0;
        // Before the first step, one program computes what Adam leaves behind later.
        const first = s === 0 ? 1 : 0;
        const taken = [counts.submits - before.submits, counts.maps - before.maps];
        assertEquals(taken, [1 + first + reads, reads], `${algorithm}, step ${s}`);
      }
    }
  }
  device.destroy();
});

gpuTest("a float16 batch is sent in half the bytes", async () => {
  const device = await newDevice();
  const counts = countOn(device);
  {
    using backend = await createWebGpuBackend({ device });
    using trainer = await Trainer.create(backend, OPTIONS);
    const bytesOf = async (batch: Float32Array | Uint16Array) => {
      await trainer.step(batch);
      const before = counts.writtenBytes;
      await trainer.step(batch);
      return counts.writtenBytes - before;
    };
    const values = 16 * OPTIONS.inputSize;
    const floats = await bytesOf(new Float32Array(values).fill(1));
    const float16 = await bytesOf(new Uint16Array(values).fill(0x3c00));
    assertEquals(floats - float16, 2 * values);
  }
  device.destroy();
});

/** Returns the number of elements in all tensors of a trainer between steps. Codes and [B, N] are the programs' own. */
function trainerElements(B: number, P: number): number {
  const { inputSize: d, latentCount: N } = OPTIONS;
  const parameters = 2 * N * d + N + d;
  const state = 4 * parameters + 3 * N + 18;
  const ring = 1 + 32 * (8 + 3 * P);
  const step = 2 * B * d + P * B * d + 4 * N + 6 * P;
  return state + ring + step;
}

for (const [algorithm, steps, k] of [["dense", 100], ["sparse", 1000, 4]] as const) {
  gpuTest(
    `${steps} ${algorithm} steps hold exactly the bytes of their arrays, and disposal frees all`,
    async () => {
      const device = await newDevice();
      const counts = countOn(device);
      {
        using backend = await createWebGpuBackend({ device });
        // With top-k the sparse algorithm's room is known; it does not follow the density.
        const topk = k ? { activation: { kind: "topk", k }, targetL0: undefined } as const : {};
        {
          using trainer = await Trainer.create(backend, { ...OPTIONS, ...topk, algorithm });
          const next = batches(Random.fromSeed(2));
          await trainer.step(next());
          const { otherBytes } = counts;
          for (let s = 1; s < steps; s++) {
            await trainer.step(next());
            assertEquals(backend.allocatedBytes, counts.tensorBytes + counts.otherBytes);
          }
          assertEquals(counts.tensorBytes, 4 * trainerElements(16, OPTIONS.prefixCount!));
          assertEquals(counts.otherBytes, otherBytes, "memory of the program");
        }
        assertEquals([counts.tensorBytes, counts.otherBytes, backend.allocatedBytes], [0, 0, 0]);
      }
      device.destroy();
    },
  );
}

gpuTest("two runs give the same bits", async () => {
  for (const algorithm of ["dense", "sparse"] as const) {
    const outcomes: SaeParameters[] = [];
    for (let time = 0; time < 2; time++) {
      using backend = await createWebGpuBackend();
      using trainer = await Trainer.create(backend, { ...OPTIONS, algorithm });
      const next = batches(Random.fromSeed(3));
      for (let s = 0; s < 40; s++) await trainer.step(next());
      outcomes.push(await trainer.parameters());
    }
    assertEquals(outcomes[0], outcomes[1]);
  }
});

gpuTest("training on a destroyed device throws a DeviceLostError", async () => {
  const device = await newDevice();
  using backend = await createWebGpuBackend({ device });
  using trainer = await Trainer.create(backend, OPTIONS);
  const next = batches(Random.fromSeed(4));
  for (let s = 0; s < 35; s++) await trainer.step(next());
  device.destroy();
  const error = await assertRejects(() => trainer.metrics(), DeviceLostError, "was lost");
  const known =
    /35 steps were taken; the last metrics read are of step 32 \(loss [\d.]+, L0 [\d.]+\)$/;
  assert(known.test(error.message), error.message);
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

gpuTest("the error for a tensor larger than a buffer names both sizes", async () => {
  using backend = await createWebGpuBackend();
  const { message } = assertThrows(() => backend.tensor("f32", [2 ** 20, 2 ** 20]), RangeError);
  assert(message.includes(`${2 ** 42} bytes`), message);
});

gpuTest("the error for residuals larger than a binding names both sizes and a remedy", async () => {
  const device = await newDevice();
  {
    using backend = await createWebGpuBackend({ device });
    const most = device.limits.maxStorageBufferBindingSize;
    const d = 4096;
    const P = 8;
    const B = most / (4 * d * P) + 1;
    using w = new Workspace(backend);
    const operands = { weights: w.f32(P), residuals: w.f32(P, B, d) };
    const recording = backend.record((r) => r.run(reverseSums, operands, { scale: 1 }));
    const { message } = await assertRejects(() => recording, RangeError, "use smaller batches");
    assert(message.includes(`${most + 4 * d * P} bytes but a binding at most ${most}`), message);
  }
  device.destroy();
});
