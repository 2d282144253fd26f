/** Stages of a program and their times, with timestamps and without. */

import { assert, assertEquals } from "@std/assert";
import { profile } from "../../bench/gpu/profile.ts";
import { encodeSparse } from "../../kernels/encode_sparse.ts";
import { createWebGpuBackend } from "../../kernels/webgpu/backend.ts";
import { newDevice } from "../../kernels/webgpu/device.ts";
import { Random } from "../../mod.ts";
import { Workspace } from "../../src/step/workspace.ts";
import { gpuTest } from "./adapter.ts";

const B = 40;
const d = 12;
const N = 70;
const K = B * N;

async function plainDevice(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  return await adapter!.requestDevice();
}

const DEVICES = {
  "by timestamps": async () => (await newDevice()).device,
  "without timestamps": plainDevice,
};

for (const [how, make] of Object.entries(DEVICES)) {
  gpuTest(`profile() times the stages ${how}, and computes the same as submit()`, async (t) => {
    const device = await make();
    if (how === "by timestamps" && !device.features.has("timestamp-query")) {
      await t.step({ name: "this adapter has no timestamps", ignore: true, fn() {} });
    }
    {
      using backend = await createWebGpuBackend({ device });
      using w = new Workspace(backend);
      const random = Random.fromSeed(1);
      const normal = (...shape: number[]) =>
        w.filled(
          Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
          ...shape,
        );
      const operands = {
        input: normal(B, d),
        encoder: normal(N, d),
        encoderBias: normal(N),
        threshold: w.f32(N),
        rowOffsets: w.u32(B + 1),
        indices: w.u32(K),
        values: w.f32(K),
        overflow: w.u32(1),
      };
      const program = w.own(
        await backend.record((r) => {
          r.run(encodeSparse, operands, { selection: "topk", k: 5 });
          r.copy(operands.values, w.f32(K));
        }),
      );
      backend.submit(program);
      const expected = await backend.read(operands.values);
      backend.write(operands.values, new Float32Array(K).fill(-1));
      const bytes = backend.allocatedBytes;
      const stages = await profile(backend, program);
      assertEquals(stages.map(({ stage }) => stage), [
        "encodeSparse: encode",
        "encodeSparse: topk",
        "encodeSparse: count_active",
        "encodeSparse: scan",
        "encodeSparse: compact_rows",
        "copy",
      ]);
      assert(stages.every(({ seconds }) => seconds >= 0 && seconds < 10), JSON.stringify(stages));
      const values = await backend.read(operands.values);
      assertEquals(values.slice(0, 5 * B), expected.slice(0, 5 * B));
      assertEquals(backend.allocatedBytes, bytes);
    }
    device.destroy();
  });
}
