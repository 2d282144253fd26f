import { addToEach } from "../../../kernels/add_to_each.ts";
import { normal } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";
import { magnitudes, roundoff } from "../tolerance.ts";

/** Cases of `addToEach`. */
export const addToEachCases: KernelCases<typeof addToEach> = {
  kernel: addToEach,
  *launches(random) {
    for (const [n, dims] of shapes("P", "B", "d").entries()) {
      const { P, B, d } = dims;
      yield {
        dims,
        constants: { scale: [1, -1, 0.5][n % 3] },
        inputs: { sums: normal(random, P * B * d), addend: normal(random, B * d) },
      };
    }
  },
  // A product and a sum.
  tolerance(launch) {
    const constants = { scale: Math.abs(launch.constants.scale) };
    const { sums } = magnitudes(addToEach, { ...launch, constants });
    return { sums: roundoff(2, sums) };
  },
};
