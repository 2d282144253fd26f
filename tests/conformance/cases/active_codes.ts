import { activeCodes } from "../../../kernels/active_codes.ts";
import { above, codesByRow, grid, patternOf } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { pairs, shapes } from "../shapes.ts";

/** Cases of `activeCodes`: values are only moved, so all must be equal. Codes may be 0, or equal their threshold. */
export const activeCodesCases: KernelCases<typeof activeCodes> = {
  kernel: activeCodes,
  *launches(random) {
    const both = [{ rectified: true }, { rectified: false }];
    for (const { dims, constants, n } of pairs(shapes("B", "N"), both)) {
      const { B, N } = dims;
      const threshold = grid(random, N, 3, 0.25);
      const pre = grid(random, B * N, 4, 0.25);
      const margin = { mixed: 0.5, full: 10, silent: -10 }[patternOf(n)];
      const start = threshold.map((theta) => theta - margin);
      const { K, offsets, positions, values } = codesByRow(pre, dims, n % 3, above(start));
      yield {
        title: patternOf(n),
        dims: { ...dims, K },
        constants,
        inputs: { rowOffsets: offsets, indices: positions, values, threshold },
      };
    }
  },
  tolerance: () => ({}),
  specified({ expected: { activeOffsets }, dims: { B } }) {
    return { activeIndices: activeOffsets[B], activeValues: activeOffsets[B] };
  },
};
