import { prefixResiduals } from "../../../kernels/prefix_residuals.ts";
import { activations, decoderAndNorms, normal, patternOf, prefixBounds } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";
import { magnitudes, negated, roundoff, squaredErrorTolerance } from "../tolerance.ts";

/** Cases of `prefixResiduals`. */
export const prefixResidualsCases: KernelCases<typeof prefixResiduals> = {
  kernel: prefixResiduals,
  *launches(random) {
    for (const [n, dims] of shapes("B", "d", "N", "P").entries()) {
      const { B, d, N } = dims;
      const signed = n % 2 === 1;
      yield {
        title: `${patternOf(n)}${signed ? ", signed" : ""}`,
        dims,
        constants: { scale: n % 3 === 0 ? 1 / (B * d) : 1 / B },
        inputs: {
          activations: activations(random, { B, N }, patternOf(n), signed),
          decoder: decoderAndNorms(random, { N, d }).decoder,
          decoderBias: normal(random, d),
          input: normal(random, B * d),
          bounds: prefixBounds(random, dims),
        },
      };
    }
  },
  tolerance(launch) {
    const { inputs, dims, constants } = launch;
    const sizes = magnitudes(prefixResiduals, launch, { input: negated(inputs.input) });
    return {
      residuals: roundoff(dims.N + 2, sizes.residuals),
      squaredErrors: squaredErrorTolerance(inputs, dims, constants.scale),
    };
  },
};
