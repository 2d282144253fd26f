/** Ownership of devices, the choice of an adapter, and uncaptured errors. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { createWebGpuBackend } from "../../kernels/webgpu/backend.ts";
import { screeningChoices, SLOWER } from "../../kernels/webgpu/screening_probe.ts";
import { createBackend, findWebGpuAdapter } from "../../mod.ts";
import { gpuTest } from "./adapter.ts";

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

gpuTest("the next call reports an uncaptured error", async () => {
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

/** Runs the body while a property has another value. */
async function withProperty(
  prototype: object,
  name: string,
  get: () => unknown,
  body: () => Promise<void>,
): Promise<void> {
  const own = Object.getOwnPropertyDescriptor(prototype, name)!;
  Object.defineProperty(prototype, name, { get, configurable: true });
  try {
    await body();
  } finally {
    Object.defineProperty(prototype, name, own);
  }
}

/** Runs the body while adapters give this information. */
function withInfo(info: Partial<GPUAdapterInfo>, body: () => Promise<void>): Promise<void> {
  return withProperty(GPUAdapter.prototype, "info", () => info, body);
}

gpuTest('"auto" takes WebGPU on hardware, never on a software adapter', async () => {
  // Skips both probes, which would take a minute on a software adapter.
  const options = { tileSide: 8 } as const;
  await screeningChoices.of("Card 1", () => Promise.resolve(SLOWER));
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

gpuTest("findWebGpuAdapter() describes the adapter without making a device", async () => {
  await withInfo({ description: "", vendor: "acme" }, async () => {
    assertEquals(await findWebGpuAdapter(), { description: "acme", software: false });
  });
  await withInfo({ description: "llvmpipe (LLVM 19)" }, async () => {
    assertEquals(await findWebGpuAdapter(), { description: "llvmpipe (LLVM 19)", software: true });
  });
});

gpuTest('"auto" takes WASM if the card is too weak or there is none', async () => {
  const nameOf = async () => {
    using backend = await createBackend();
    return backend.name;
  };
  const weak = Object.create(GPUSupportedLimits.prototype, {
    maxStorageBuffersPerShaderStage: { value: 4 },
  });
  await withInfo({ description: "Card 1", isFallbackAdapter: false }, async () => {
    await withProperty(GPUAdapter.prototype, "limits", () => weak, async () => {
      assertEquals(await nameOf(), "wasm");
    });
  });
  await withProperty(Navigator.prototype, "gpu", () => undefined, async () => {
    assertEquals([await nameOf(), await findWebGpuAdapter()], ["wasm", undefined]);
  });
});
