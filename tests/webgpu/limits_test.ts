/** Sizes past the limits of dispatches and bindings. */

import { assertEquals, assertLess } from "@std/assert";
import { centre } from "../../kernels/centre.ts";
import { createWebGpuBackend } from "../../kernels/webgpu/backend.ts";
import { type Backend, createBackend, type TrainerOptions } from "../../mod.ts";
import { Workspace } from "../../src/step/workspace.ts";
import { lossDifference, normalBatches, train } from "../training/runs.ts";
import { FLOAT32 } from "../golden/tolerances.ts";
import { gpuTest } from "./adapter.ts";

gpuTest("more than 65,535 workgroups reach every element", async () => {
  const B = 65_537;
  const d = 256;
  using backend = await createWebGpuBackend();
  using w = new Workspace(backend);
  const bias = Float32Array.from({ length: d }, (_, k) => -k);
  const input = new Float32Array(B * d);
  for (let b = 0; b < B; b++) input.fill(b, b * d, (b + 1) * d);
  const operands = { input: w.filled(input, B, d), decoderBias: w.filled(bias, d) };
  const centred = w.f32(B, d);
  backend.submit(w.own(await backend.record((r) => r.run(centre, { ...operands, centred }, {}))));
  const values = await backend.read(centred);
  let wrong = 0;
  for (let b = 0; b < B; b++) for (let k = 0; k < d; k++) if (values[b * d + k] !== b + k) wrong++;
  assertEquals(wrong, 0);
});

for (const algorithm of ["dense", "sparse"] as const) {
  gpuTest(`a ${algorithm} step past every limit gives the reference's metrics`, async () => {
    const options: TrainerOptions = {
      ...{ inputSize: 40, latentCount: 700, prefixCount: 3, steps: 3, seed: 1, algorithm },
      activation: { kind: "topk", k: 20 },
    };
    // The encoder takes 112 KB, the activations 840: two and more bindings of 64 KiB.
    const limits = { maxBindingBytes: 65536, maxDispatchFlops: 1 };
    const run = async (making: Promise<Backend>) => {
      using backend = await making;
      return (await train(backend, options, normalBatches([300, 300, 300], 40, 2))).metrics;
    };
    const [got, expected] = [
      await run(createWebGpuBackend(limits)),
      await run(createBackend("reference")),
    ];
    assertLess(lossDifference(got, expected), FLOAT32.lossTolerance);
  });
}
