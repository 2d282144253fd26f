import { batchTopk } from "../../../kernels/batch_topk.ts";
import { activations } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { selections } from "../selections.ts";
import { shapes } from "../shapes.ts";

/** Cases of `batchTopk`: values are only kept or cleared, so all must be equal. */
export const batchTopkCases: KernelCases<typeof batchTopk> = {
  kernel: batchTopk,
  *launches(random) {
    yield* selections(random);
    for (const dims of shapes("B", "N")) {
      // Less than one for the whole batch, less than one for a row, and more.
      for (const k of [0.9 / dims.B, 0.4, dims.N / 2.7]) {
        const f = activations(random, dims);
        yield { title: "fractional", dims, constants: { k }, inputs: { activations: f } };
      }
    }
  },
  tolerance: () => ({}),
};
