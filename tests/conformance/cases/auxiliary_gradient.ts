import { auxiliaryGradient } from "../../../kernels/auxiliary_gradient.ts";
import { normal } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { pairs, shapes } from "../shapes.ts";
import { DIVISION, magnitudes, roundoff } from "../tolerance.ts";

const CHOICES = (["dead", "active", "always"] as const).flatMap((when) =>
  [true, false].flatMap((normalized) => [true, false].map((first) => ({ when, normalized, first })))
);

/** Cases of `auxiliaryGradient`. */
export const auxiliaryGradientCases: KernelCases<typeof auxiliaryGradient> = {
  kernel: auxiliaryGradient,
  *launches(random) {
    const shared = [...shapes("B", "d"), { B: 96, d: 100 }];
    for (const { dims: { B, d }, constants, n } of pairs(shared, CHOICES)) {
      const codes = [0, 3, 1][n % 3];
      const deadCount = [1, 7, 0, 6, 9][n % 5];
      yield {
        title: `${deadCount} dead, ${codes} codes`,
        dims: { B, d },
        constants: { ...constants, scale: 1 / B, full: n % 2 * 7, term: n % 4 },
        inputs: {
          reconstruction: normal(random, B * d),
          residual: normal(random, B * d),
          variance: [n % 7 === 0 ? 0 : 1 + random.uniform()],
          deadCount: [deadCount],
          rowOffsets: [...Array(B).fill(0), codes],
          terms: [1, 2, 3, 4],
        },
      };
    }
  },
  tolerance(launch) {
    const { B, d } = launch.dims;
    const { reconstruction, terms } = magnitudes(auxiliaryGradient, launch);
    const factor = 2 * DIVISION + 2;
    return {
      reconstruction: roundoff(factor + 3, reconstruction),
      terms: roundoff(B * d + factor + 4, terms),
    };
  },
};
