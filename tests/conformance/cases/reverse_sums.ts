import { reverseSums } from "../../../kernels/reverse_sums.ts";
import { normal, positive } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";
import { magnitudes, roundoff } from "../tolerance.ts";

/** Cases of `reverseSums`. */
export const reverseSumsCases: KernelCases<typeof reverseSums> = {
  kernel: reverseSums,
  *launches(random) {
    for (const [n, dims] of shapes("P", "B", "d").entries()) {
      const { P, B, d } = dims;
      yield {
        dims,
        constants: { scale: n % 2 === 0 ? 2 / (B * d) : 2 / B },
        inputs: { weights: positive(random, P), residuals: normal(random, P * B * d) },
      };
    }
  },
  tolerance(launch) {
    const { residuals } = magnitudes(reverseSums, launch);
    return { residuals: roundoff(launch.dims.P + 2, residuals) };
  },
};
