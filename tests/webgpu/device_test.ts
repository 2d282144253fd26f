/** Whose device it is, which adapter is taken, and what becomes of errors that nobody asked about. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { createWebGpuBackend } from "../../kernels/webgpu/backend.ts";
import { createBackend } from "../../mod.ts";
import { webGpuTest } from "./adapter.ts";

const gpuTest = await webGpuTest();

async function newDevice(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  return await adapter!.requestDevice();
}

gpuTest("a caller's device outlives the backends on it", async () => {
  const device = await newDevice();
  let lost = false;
  device.lost.then(() => lost = true);
  for (let time = 0; time < 2; time++) {
    using backend = await createWebGpuBackend({ device });
    using tensor = backend.tensor("f32", [2]);
    backend.write(tensor, [3, 4]);
    assertEquals([...await backend.read(tensor)], [3, 4]);
  }
  await device.queue.onSubmittedWorkDone();
  assertEquals(lost, false);
  device.destroy();
});

gpuTest("an error that nobody asked about is told by the next call", async () => {
  const device = await newDevice();
  {
    using backend = await createWebGpuBackend({ device });
    device.createBuffer({ size: 4, usage: 0x1 | 0x80 });
    await assertRejects(
      () => backend.idle(),
      Error,
      "Cannot wait for the device: the device reported",
    );
  }
  device.destroy();
});

/** Runs the body with adapters that say this of themselves. */
async function withInfo(info: Partial<GPUAdapterInfo>, body: () => Promise<void>): Promise<void> {
  const { prototype } = GPUAdapter;
  const own = Object.getOwnPropertyDescriptor(prototype, "info")!;
  Object.defineProperty(prototype, "info", { get: () => info, configurable: true });
  try {
    await body();
  } finally {
    Object.defineProperty(prototype, "info", own);
  }
}

gpuTest('"auto" takes WebGPU on hardware, never on a software adapter', async () => {
  // Without the probe, which would take a software adapter seconds.
  const options = { tileSide: 8 } as const;
  const nameOf = async () => {
    using backend = await createBackend("auto", options);
    return backend.name;
  };
  await withInfo({ description: "Card 1", isFallbackAdapter: false }, async () => {
    assertEquals(await nameOf(), "webgpu");
  });
  for (
    const description of ["llvmpipe (LLVM 19)", "SwiftShader Device", "Microsoft Basic Render"]
  ) {
    await withInfo({ description, isFallbackAdapter: false }, async () => {
      assertEquals(await nameOf(), "wasm", description);
    });
  }
  await withInfo({ description: "Card 1", isFallbackAdapter: true }, async () => {
    assert(await nameOf() === "wasm");
  });
});
