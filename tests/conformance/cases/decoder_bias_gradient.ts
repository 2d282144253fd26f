import { decoderBiasGradient } from "../../../kernels/decoder_bias_gradient.ts";
import { normal } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";
import { magnitudes, roundoff } from "../tolerance.ts";

/** Cases of `decoderBiasGradient`: only G_0 of the reverse sums is read. */
export const decoderBiasGradientCases: KernelCases<typeof decoderBiasGradient> = {
  kernel: decoderBiasGradient,
  *launches(random) {
    for (const dims of shapes("P", "B", "d")) {
      const reverseSums = normal(random, dims.P * dims.B * dims.d);
      yield { dims, constants: {}, inputs: { reverseSums } };
    }
  },
  tolerance(launch) {
    const sizes = magnitudes(decoderBiasGradient, launch);
    return { decoderBiasGradient: roundoff(launch.dims.B, sizes.decoderBiasGradient) };
  },
};
