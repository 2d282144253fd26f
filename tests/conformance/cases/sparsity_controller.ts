import { sparsityController } from "../../../kernels/sparsity_controller.ts";
import { positive } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { SIZES } from "../shapes.ts";
import { roundoff } from "../tolerance.ts";

/** Cases of `sparsityController`: only the L0 of the last prefix counts, and on target is treated as above it. */
export const sparsityControllerCases: KernelCases<typeof sparsityController> = {
  kernel: sparsityController,
  *launches(random) {
    const targetL0 = 3;
    for (const P of SIZES) {
      for (const [title, last] of [["below", 2.75], ["on target", 3], ["above", 3.25]] as const) {
        const others = Array.from({ length: P - 1 }, () => random.integer(7));
        const rate = random.integer(4) === 0 ? 0 : 3e-4;
        const [warmup] = positive(random, 1);
        yield {
          title,
          dims: { P },
          constants: { targetL0 },
          inputs: {
            l0: [...others, last],
            controls: [rate, warmup],
            baseCoefficient: positive(random, 1),
          },
        };
      }
    }
  },
  // One rounding for 1 ± rate, one for each product.
  tolerance({ expected }) {
    return {
      baseCoefficient: roundoff(2, expected.baseCoefficient),
      coefficient: roundoff(3, expected.coefficient),
    };
  },
};
