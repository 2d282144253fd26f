import { sparseSmallestActivations } from "../../../kernels/sparse_smallest_activations.ts";
import { activations, codesByRow, patternOf } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";

/** Cases of `sparseSmallestActivations`: a value is chosen, so all must be equal. */
export const sparseSmallestActivationsCases: KernelCases<typeof sparseSmallestActivations> = {
  kernel: sparseSmallestActivations,
  *launches(random) {
    for (const [n, dims] of shapes("B", "N").entries()) {
      const title = patternOf(n);
      const dense = activations(random, dims, title, n % 2 === 1);
      const { K, offsets, values } = codesByRow(dense, dims, n % 3);
      yield {
        title,
        dims: { B: dims.B, K },
        constants: {},
        inputs: { rowOffsets: offsets, values },
      };
    }
  },
  tolerance: () => ({}),
};
