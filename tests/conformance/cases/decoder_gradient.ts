import { decoderGradient } from "../../../kernels/decoder_gradient.ts";
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

/** Cases of `decoderGradient`: rows of norm zero have no gradient from the penalty. */
export const decoderGradientCases: KernelCases<typeof decoderGradient> = {
  kernel: decoderGradient,
  *launches(random) {
    for (const { dims, constants, n } of pairs(shapes("B", "d", "N", "P"), PENALTIES)) {
      const { B, d, N, P } = dims;
      const signed = n % 2 === 1;
      yield {
        title: `${patternOf(n)}${signed ? ", signed" : ""}`,
        dims,
        constants,
        inputs: {
          activations: activations(random, dims, patternOf(n), signed),
          reverseSums: normal(random, P * B * d),
          ...decoderAndNorms(random, { N, d }),
          bounds: prefixBounds(random, dims),
          weights: positive(random, P),
          coefficient: [10 * random.uniform()],
        },
      };
    }
  },
  tolerance(launch) {
    const { B, P } = launch.dims;
    const sizes = magnitudes(decoderGradient, withSteepestPenalty(launch));
    return { decoderGradient: roundoff(B + P + 3 * DIVISION + 5, sizes.decoderGradient) };
  },
};
