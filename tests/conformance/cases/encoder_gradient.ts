import { encoderGradient } from "../../../kernels/encoder_gradient.ts";
import { activations, normal, patternOf } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";
import { magnitudes, roundoff } from "../tolerance.ts";

/** Cases of `encoderGradient`. */
export const encoderGradientCases: KernelCases<typeof encoderGradient> = {
  kernel: encoderGradient,
  *launches(random) {
    for (const [n, dims] of shapes("B", "d", "N").entries()) {
      yield {
        title: patternOf(n),
        dims,
        constants: {},
        inputs: {
          preGradient: activations(random, dims, patternOf(n), true),
          input: normal(random, dims.B * dims.d),
        },
      };
    }
  },
  tolerance(launch) {
    const { B } = launch.dims;
    const sizes = magnitudes(encoderGradient, launch);
    return {
      encoderGradient: roundoff(B, sizes.encoderGradient),
      encoderBiasGradient: roundoff(B, sizes.encoderBiasGradient),
    };
  },
};
