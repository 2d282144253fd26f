import { foldDecoderNorms } from "../../../kernels/fold_decoder_norms.ts";
import { decoderAndNorms, normal } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";
import { DIVISION, magnitudes, roundoff } from "../tolerance.ts";

/** Cases of `foldDecoderNorms`: a row of zeros is folded into zeros. */
export const foldDecoderNormsCases: KernelCases<typeof foldDecoderNorms> = {
  kernel: foldDecoderNorms,
  *launches(random) {
    for (const dims of shapes("N", "d")) {
      const encoder = normal(random, dims.N * dims.d);
      const encoderBias = normal(random, dims.N);
      const inputs = { encoder, encoderBias, ...decoderAndNorms(random, dims) };
      yield { dims, constants: {}, inputs };
    }
  },
  tolerance(launch) {
    const sizes = magnitudes(foldDecoderNorms, launch);
    return {
      foldedEncoder: roundoff(1, sizes.foldedEncoder),
      foldedEncoderBias: roundoff(1, sizes.foldedEncoderBias),
      foldedDecoder: roundoff(DIVISION, sizes.foldedDecoder),
    };
  },
};
