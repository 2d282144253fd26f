import { addScaled } from "../../../kernels/add_scaled.ts";
import { normal } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { SIZES } from "../shapes.ts";
import { magnitudes, roundoff } from "../tolerance.ts";

/** Cases of `addScaled`, with a factor of either sign, and 0. */
export const addScaledCases: KernelCases<typeof addScaled> = {
  kernel: addScaled,
  *launches(random) {
    for (const [n, M] of [...SIZES, 5000].entries()) {
      const factor = n % 4 === 3 ? [0] : normal(random, 1);
      const inputs = { source: normal(random, M), factor, target: normal(random, M) };
      yield { dims: { M }, constants: {}, inputs };
    }
  },
  tolerance: (launch) => ({ target: roundoff(2, magnitudes(addScaled, launch).target) }),
};
