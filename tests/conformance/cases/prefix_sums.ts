import { prefixSums } from "../../../kernels/prefix_sums.ts";
import { normal, prefixBounds } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { pairs, shapes, SIZES } from "../shapes.ts";
import { DIVISION, magnitudes, roundoff } from "../tolerance.ts";

/** Cases of `prefixSums`. */
export const prefixSumsCases: KernelCases<typeof prefixSums> = {
  kernel: prefixSums,
  *launches(random) {
    for (const { dims, constants } of pairs(shapes("N", "P"), SIZES.map((rows) => ({ rows })))) {
      const counts = Array.from({ length: dims.N }, () => random.integer(constants.rows + 1));
      yield {
        dims,
        constants,
        // Log penalties are negative at small activations.
        inputs: {
          penalties: normal(random, dims.N),
          counts,
          bounds: prefixBounds(random, dims),
        },
      };
    }
  },
  // Counts are small integers, so their sums are exact.
  tolerance(launch) {
    const { sparsity, l0 } = magnitudes(prefixSums, launch);
    return {
      sparsity: roundoff(launch.dims.N + DIVISION, sparsity),
      l0: roundoff(DIVISION, l0),
    };
  },
};
