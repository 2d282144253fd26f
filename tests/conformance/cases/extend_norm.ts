import { extendNorm } from "../../../kernels/extend_norm.ts";
import { normal, positive } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { SIZES } from "../shapes.ts";
import { roundoff, SQUARE_ROOT } from "../tolerance.ts";

/** Cases of `extendNorm`: one element that is not finite makes the norm not finite. */
export const extendNormCases: KernelCases<typeof extendNorm> = {
  kernel: extendNorm,
  *launches(random) {
    for (const [n, M] of [...SIZES, 5000].entries()) {
      const norm = n % 3 === 2 ? [0] : positive(random, 1).map((v) => v * Math.sqrt(M));
      yield { dims: { M }, constants: {}, inputs: { gradient: normal(random, M), norm } };
    }
    for (const value of [NaN, Infinity, -Infinity]) {
      const gradient = normal(random, 17);
      gradient[random.integer(17)] = value;
      const inputs = { gradient, norm: [1] };
      yield { title: `${value} in gradient`, dims: { M: 17 }, constants: {}, inputs };
    }
    const inputs = { gradient: normal(random, 17), norm: [NaN] };
    yield { title: "NaN in norm", dims: { M: 17 }, constants: {}, inputs };
  },
  tolerance({ expected, dims: { M } }) {
    return { norm: roundoff(M + 2 + SQUARE_ROOT, expected.norm) };
  },
};
