import { sparseLatentGradients } from "../../../kernels/sparse_latent_gradients.ts";
import {
  activations,
  codesByLatent,
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

/** Cases of `sparseLatentGradients`. */
export const sparseLatentGradientsCases: KernelCases<typeof sparseLatentGradients> = {
  kernel: sparseLatentGradients,
  *launches(random) {
    for (const { dims, constants, n } of pairs(shapes("B", "d", "N", "P"), PENALTIES)) {
      const { B, d, N, P } = dims;
      const dense = activations(random, dims, patternOf(n), n % 2 === 1);
      const { K, offsets, positions, values } = codesByLatent(dense, dims, n % 3);
      yield {
        title: patternOf(n),
        dims: { ...dims, K },
        constants,
        inputs: {
          latentOffsets: offsets,
          latentRows: positions,
          latentValues: values,
          reverseSums: normal(random, P * B * d),
          input: normal(random, B * d),
          ...decoderAndNorms(random, { N, d }),
          bounds: prefixBounds(random, dims),
          weights: positive(random, P),
          coefficient: [10 * random.uniform()],
        },
      };
    }
  },
  // ∂f has the rounding errors of its own sum before it is summed over the rows.
  tolerance(launch) {
    const { B, d, P } = launch.dims;
    const sizes = magnitudes(sparseLatentGradients, withSteepestPenalty(launch));
    const activationGradient = d + P + 2 * DIVISION + 5;
    return {
      encoderGradient: roundoff(activationGradient + B, sizes.encoderGradient),
      encoderBiasGradient: roundoff(activationGradient + B, sizes.encoderBiasGradient),
      decoderGradient: roundoff(B + P + 3 * DIVISION + 5, sizes.decoderGradient),
    };
  },
};
