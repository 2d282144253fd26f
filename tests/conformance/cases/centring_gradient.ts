import { centringGradient } from "../../../kernels/centring_gradient.ts";
import { normal } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";
import { magnitudes, negated, roundoff } from "../tolerance.ts";

/** Cases of `centringGradient`. */
export const centringGradientCases: KernelCases<typeof centringGradient> = {
  kernel: centringGradient,
  *launches(random) {
    for (const dims of shapes("N", "d")) {
      yield {
        dims,
        constants: {},
        inputs: {
          encoderBiasGradient: normal(random, dims.N),
          encoder: normal(random, dims.N * dims.d),
          decoderBiasGradient: normal(random, dims.d),
        },
      };
    }
  },
  tolerance(launch) {
    const encoderBiasGradient = negated(launch.inputs.encoderBiasGradient);
    const sizes = magnitudes(centringGradient, launch, { encoderBiasGradient });
    return { decoderBiasGradient: roundoff(launch.dims.N + 1, sizes.decoderBiasGradient) };
  },
};
