import { jump } from "../../../kernels/jump.ts";
import { grid } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { pairs, shapes } from "../shapes.ts";

/** Cases of `jump`: values are kept or not, so all must be equal. On the coarse grid some are 0 or equal their threshold. */
export const jumpCases: KernelCases<typeof jump> = {
  kernel: jump,
  *launches(random) {
    const both = [{ rectified: true }, { rectified: false }];
    for (const { dims, constants } of pairs(shapes("B", "N"), both)) {
      const { B, N } = dims;
      const inputs = {
        preActivations: grid(random, B * N, 4, 0.25),
        threshold: grid(random, N, 3, 0.25),
      };
      yield { dims, constants, inputs };
    }
  },
  tolerance: () => ({}),
};
