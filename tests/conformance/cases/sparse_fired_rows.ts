import { sparseFiredRows } from "../../../kernels/sparse_fired_rows.ts";
import { activations, codesByLatent, patternOf } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { pairs, shapes } from "../shapes.ts";
import { BOUNDS } from "./fired_rows.ts";

/** Cases of `sparseFiredRows`. */
export const sparseFiredRowsCases: KernelCases<typeof sparseFiredRows> = {
  kernel: sparseFiredRows,
  *launches(random) {
    const constants = BOUNDS.map((above) => ({ above }));
    for (const { dims, constants: { above }, n } of pairs(shapes("B", "N"), constants)) {
      const f = activations(random, dims, patternOf(n + 1), n % 2 === 1)
        .map((value) => random.integer(5) === 0 ? above : value);
      const { K, offsets, values } = codesByLatent(f, dims, n % 3);
      yield {
        title: patternOf(n + 1),
        dims: { N: dims.N, K },
        constants: { above },
        inputs: { latentOffsets: offsets, latentValues: values },
      };
    }
  },
  tolerance: () => ({}),
};
