/** More active latents than the sparse algorithm has room for: the device takes the dense algorithm itself. */

import { assert, assertEquals } from "@std/assert";
import { createWebGpuBackend } from "../../kernels/webgpu/backend.ts";
import { initialParameters, Random } from "../../mod.ts";
import { resolveLoss } from "../../src/step/loss_options.ts";
import { recordStep } from "../../src/step/step_recording.ts";
import { stepTensors } from "../../src/step/step_tensors.ts";
import { readParameters, Workspace } from "../../src/step/workspace.ts";
import { gpuTest } from "./adapter.ts";

const B = 24;
const d = 10;
const N = 50;
const P = 3;

const LOSSES = {
  relu: { penalty: { kind: "log", coefficient: 0.1 } },
  jumprelu: { activation: { kind: "jumprelu", threshold: new Float32Array(N) } },
  topk: { activation: { kind: "topk", k: 8 } },
  batchtopk: { activation: { kind: "batchtopk", k: 8 } },
} as const;

for (const [name, options] of Object.entries(LOSSES)) {
  gpuTest(
    `a step with ${name} that overflows gives the bits of the dense algorithm, in one submit`,
    async () => {
      using backend = await createWebGpuBackend();
      const random = Random.fromSeed(1);
      const parameters = initialParameters(d, N, random);
      const batch = Float32Array.from({ length: B * d }, () => random.normal());
      const loss = resolveLoss(options, N, "test");
      const gradientsWith = async (room?: number) => {
        using w = new Workspace(backend);
        const sizes = { B, d, N, P };
        const tensors = stepTensors(w, sizes, {
          model: w.parameters(d, N, parameters),
          input: w.filled(batch, B, d),
          threshold: w.f32(N),
          coefficient: w.filled([0.1], 1),
        });
        backend.write(tensors.bounds, [7, 20, N]);
        backend.write(tensors.weights, [1, 1, 1]);
        const gradients = w.parameters(d, N);
        const parts = { sizes, loss, tensors, gradients, room };
        const program = w.own(await backend.record((r) => recordStep(r, w, parts)));
        backend.submit(program);
        return await readParameters(backend, gradients);
      };
      const dense = await gradientsWith();
      assertEquals(await gradientsWith(5), dense);
      const sparse = await gradientsWith(B * N);
      const differs = sparse.decoder.some((value, e) => value !== dense.decoder[e]);
      assertEquals(
        differs,
        true,
        "with enough room the sparse algorithm runs, which rounds differently",
      );
    },
  );
}

gpuTest("the codes of a step and its arrays [B, N] after an overflow share memory", async () => {
  using backend = await createWebGpuBackend();
  const sizes = { B: 64, d: 8, N: 2048, P: 2 };
  const { B, N, d } = sizes;
  const loss = resolveLoss(LOSSES.relu, N, "test");
  const heldWith = async (room?: number) => {
    using w = new Workspace(backend);
    const tensors = stepTensors(w, sizes, {
      model: w.parameters(d, N),
      threshold: w.f32(N),
      coefficient: w.f32(1),
    });
    const parts = { sizes, loss, tensors, gradients: w.parameters(d, N), room };
    w.own(await backend.record((r) => recordStep(r, w, parts)));
    return backend.allocatedBytes;
  };
  const room = B * N / 8;
  const beside = await heldWith(room) - await heldWith();
  // indices, values and latentRows, latentValues; what kernels need are as many again.
  const codes = 4 * 4 * room;
  assert(beside < codes / 2, `${beside} bytes beside f and ∂pre, of ${codes} bytes of codes`);
});
