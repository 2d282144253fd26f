import { preActivationLoss } from "../../../kernels/pre_activation_loss.ts";
import { decoderAndNorms, grid, normal } from "../inputs.ts";
import { type KernelCases, type PreparedLaunch, UNWRITTEN } from "../launch.ts";
import { pairs, shapes } from "../shapes.ts";
import { DIVISION, roundoff } from "../tolerance.ts";
import type { Random } from "../../../src/base/random.ts";

const CONSTANTS = [
  { coefficient: 0.3, logarithm: false },
  { coefficient: 2, logarithm: true },
];

/** Returns some latents in ascending order, and unspecified entries after them. */
function deadLatents(random: Random, N: number, n: number) {
  const share = [0.3, 1, 0, 0.1][n % 4];
  const dead = Array.from({ length: N }, (_, i) => i).filter(() => random.uniform() < share);
  const spare = Array(N - dead.length).fill(UNWRITTEN.u32);
  return { dead: [...dead, ...spare], deadCount: [dead.length] };
}

/** Returns the sum of magnitudes of every output. */
function sizesOf({ inputs, dims: { B, d }, constants }: PreparedLaunch<typeof preActivationLoss>) {
  const { input, encoder, encoderBias, decoder, norms, threshold, dead, deadCount } = inputs;
  const share = constants.coefficient / B;
  const encoderGradient = inputs.encoderGradient.map(Math.abs);
  const encoderBiasGradient = inputs.encoderBiasGradient.map(Math.abs);
  const decoderGradient = inputs.decoderGradient.map(Math.abs);
  const thresholdGradient = inputs.thresholdGradient.map(Math.abs);
  const terms = new Float64Array(4);
  for (const i of dead.subarray(0, deadCount[0])) {
    const a = share * norms[i];
    if (a === 0) continue;
    for (let b = 0; b < B; b++) {
      let pre = encoderBias[i];
      for (let k = 0; k < d; k++) pre += input[b * d + k] * encoder[i * d + k];
      const missing = threshold[i] - pre;
      if (missing <= 0) continue;
      encoderBiasGradient[i] += a;
      thresholdGradient[i] += constants.logarithm ? Math.abs(threshold[i]) * a : a;
      terms[2] += a * missing;
      for (let k = 0; k < d; k++) {
        encoderGradient[i * d + k] += a * Math.abs(input[b * d + k]);
        decoderGradient[i * d + k] += share * missing / norms[i] * Math.abs(decoder[i * d + k]);
      }
    }
  }
  return { encoderGradient, encoderBiasGradient, decoderGradient, thresholdGradient, terms };
}

/**
 * Cases of `preActivationLoss`. The loss has a kink where a pre-activation equals its threshold: the sums are exact, and some are equal.
 */
export const preActivationLossCases: KernelCases<typeof preActivationLoss> = {
  kernel: preActivationLoss,
  *launches(random) {
    for (const { dims, constants, n } of pairs(shapes("B", "d", "N"), CONSTANTS)) {
      const { B, d, N } = dims;
      yield {
        dims,
        constants,
        inputs: {
          input: grid(random, B * d, 2, 1),
          encoder: grid(random, N * d, 1, 1),
          encoderBias: grid(random, N, 2, 1),
          ...decoderAndNorms(random, { N, d }),
          threshold: grid(random, N, 3, 1),
          ...deadLatents(random, N, n),
          encoderGradient: normal(random, N * d),
          encoderBiasGradient: normal(random, N),
          decoderGradient: normal(random, N * d),
          thresholdGradient: normal(random, N),
          terms: normal(random, 4),
        },
      };
    }
  },
  tolerance(launch) {
    const { dims: { B, N } } = launch;
    const sizes = sizesOf(launch);
    const roundings = B + 2 * DIVISION + 4;
    const loss = roundoff(roundings + N, sizes.terms);
    return {
      encoderGradient: roundoff(roundings, sizes.encoderGradient),
      encoderBiasGradient: roundoff(roundings, sizes.encoderBiasGradient),
      decoderGradient: roundoff(roundings, sizes.decoderGradient),
      thresholdGradient: roundoff(roundings, sizes.thresholdGradient),
      // The other terms stay.
      terms: (e) => e === 2 ? loss(e) : 0,
    };
  },
};
