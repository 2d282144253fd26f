import { divideByVariance } from "../../../kernels/divide_by_variance.ts";
import { positive } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { SIZES } from "../shapes.ts";
import { DIVISION, roundoff } from "../tolerance.ts";

/** Cases of `divideByVariance`: without variance every weight is 0. */
export const divideByVarianceCases: KernelCases<typeof divideByVariance> = {
  kernel: divideByVariance,
  *launches(random) {
    for (const P of SIZES) {
      for (const totalVariance of [positive(random, 1), [0]]) {
        const inputs = { weights: positive(random, P), totalVariance };
        yield { dims: { P }, constants: {}, inputs };
      }
    }
  },
  tolerance: ({ expected }) => ({ scaled: roundoff(DIVISION, expected.scaled) }),
};
