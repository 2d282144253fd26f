import { codesByLatent } from "../../../kernels/codes_by_latent.ts";
import { activations, codesByRow, patternOf } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";

/** Cases of `codesByLatent`: values are only moved, so all must be equal. */
export const codesByLatentCases: KernelCases<typeof codesByLatent> = {
  kernel: codesByLatent,
  *launches(random) {
    for (const [n, dims] of shapes("B", "N").entries()) {
      const dense = activations(random, dims, patternOf(n), true);
      const { K, offsets, positions, values } = codesByRow(dense, dims, n % 3);
      yield {
        title: patternOf(n),
        dims: { ...dims, K },
        constants: {},
        inputs: { rowOffsets: offsets, indices: positions, values },
      };
    }
  },
  tolerance: () => ({}),
  specified({ expected: { latentOffsets }, dims: { N } }) {
    return { latentRows: latentOffsets[N], latentValues: latentOffsets[N] };
  },
};
