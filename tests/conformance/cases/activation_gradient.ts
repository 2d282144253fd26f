import { activationGradient } from "../../../kernels/activation_gradient.ts";
import {
  activations,
  decoderAndNorms,
  normal,
  patternOf,
  PENALTIES,
  positive,
  prefixBounds,
} from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { pairs, shapes } from "../shapes.ts";
import { DIVISION, magnitudes, roundoff, withSteepestPenalty } from "../tolerance.ts";

const CONSTANTS = [
  ...PENALTIES.map((penalty) => ({ ...penalty, identity: false })),
  ...PENALTIES.map((penalty) => ({ ...penalty, identity: true })),
];

/** Cases of `activationGradient`: with the identity, f may be negative and f = 0 has a gradient. */
export const activationGradientCases: KernelCases<typeof activationGradient> = {
  kernel: activationGradient,
  *launches(random) {
    for (const { dims, constants, n } of pairs(shapes("B", "d", "N", "P"), CONSTANTS)) {
      const { B, d, N, P } = dims;
      yield {
        title: patternOf(n),
        dims,
        constants,
        inputs: {
          reverseSums: normal(random, P * B * d),
          activations: activations(random, dims, patternOf(n), constants.identity),
          ...decoderAndNorms(random, { N, d }),
          bounds: prefixBounds(random, dims),
          weights: positive(random, P),
          coefficient: [10 * random.uniform()],
        },
      };
    }
  },
  tolerance(launch) {
    const { d, P } = launch.dims;
    const { preGradient } = magnitudes(activationGradient, withSteepestPenalty(launch));
    return { preGradient: roundoff(d + P + 2 * DIVISION + 5, preGradient) };
  },
};
