import { gatherRows } from "../../../kernels/gather_rows.ts";
import { normal } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";

/** Cases of `gatherRows`: permutations, and orders with repeated rows. */
export const gatherRowsCases: KernelCases<typeof gatherRows> = {
  kernel: gatherRows,
  *launches(random) {
    for (const [n, dims] of shapes("N", "d").entries()) {
      const keys = Array.from({ length: dims.N }, () => random.uniform());
      const permutation = [...keys.keys()].sort((a, b) => keys[a] - keys[b]);
      const repeating = keys.map(() => random.integer(dims.N));
      yield {
        title: n % 2 === 0 ? "permutation" : "rows repeat",
        dims,
        constants: {},
        inputs: {
          source: normal(random, dims.N * dims.d),
          order: n % 2 === 0 ? permutation : repeating,
        },
      };
    }
  },
  tolerance: () => ({}),
};
