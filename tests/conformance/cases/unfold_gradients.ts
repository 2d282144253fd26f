import { unfoldGradients } from "../../../kernels/unfold_gradients.ts";
import { decoderAndNorms, normal } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";
import { DIVISION, roundoff } from "../tolerance.ts";

/** Cases of `unfoldGradients`: a row of zeros has no gradients. */
export const unfoldGradientsCases: KernelCases<typeof unfoldGradients> = {
  kernel: unfoldGradients,
  *launches(random) {
    for (const dims of shapes("N", "d")) {
      const { N, d } = dims;
      const inputs = {
        encoder: normal(random, N * d),
        encoderBias: normal(random, N),
        ...decoderAndNorms(random, dims),
        encoderGradient: normal(random, N * d),
        encoderBiasGradient: normal(random, N),
        decoderGradient: normal(random, N * d),
      };
      yield { dims, constants: {}, inputs };
    }
  },
  // ∂D is a sum of three terms whose signs no choice of inputs makes alike.
  tolerance({ inputs, expected, dims: { N, d } }) {
    const { encoder, encoderBias, decoder, norms } = inputs;
    const sizes = new Float64Array(N * d);
    for (let i = 0; i < N; i++) {
      const n = norms[i];
      if (n === 0) continue;
      let parallel = 0;
      let through = Math.abs(inputs.encoderBiasGradient[i] * encoderBias[i]);
      for (let k = i * d; k < (i + 1) * d; k++) {
        parallel += Math.abs(inputs.decoderGradient[k] * decoder[k]) / n;
        through += Math.abs(inputs.encoderGradient[k] * encoder[k]);
      }
      for (let k = i * d; k < (i + 1) * d; k++) {
        const u = Math.abs(decoder[k]) / n;
        sizes[k] = (Math.abs(inputs.decoderGradient[k]) + parallel * u) / n + through * u;
      }
    }
    return {
      encoderGradient: roundoff(1, expected.encoderGradient.map(Math.abs)),
      encoderBiasGradient: roundoff(1, expected.encoderBiasGradient.map(Math.abs)),
      decoderGradient: roundoff(d + 3 * DIVISION + 4, sizes),
    };
  },
};
