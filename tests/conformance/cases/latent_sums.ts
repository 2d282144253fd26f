import { latentSums } from "../../../kernels/latent_sums.ts";
import { penaltyWeight } from "../../../kernels/penalty.ts";
import { activations, decoderAndNorms, patternOf, PENALTIES } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { pairs, shapes } from "../shapes.ts";
import { penaltyMagnitude, penaltyRoundings, roundoff } from "../tolerance.ts";

/** Cases of `latentSums`. */
export const latentSumsCases: KernelCases<typeof latentSums> = {
  kernel: latentSums,
  *launches(random) {
    for (const { dims, constants, n } of pairs(shapes("B", "N"), PENALTIES)) {
      const signed = n % 2 === 1;
      yield {
        title: `${patternOf(n)}${signed ? ", signed" : ""}`,
        dims,
        constants,
        inputs: {
          activations: activations(random, dims, patternOf(n), signed),
          norms: decoderAndNorms(random, { N: dims.N, d: 3 }).norms,
        },
      };
    }
  },
  tolerance({ inputs: { activations, norms }, expected, dims: { B, N }, constants }) {
    const penalties = new Float64Array(N);
    for (let n = 0; n < B * N; n++) {
      penalties[n % N] += penaltyMagnitude(
        constants,
        Math.abs(activations[n]) * penaltyWeight(constants, norms[n % N]),
      );
    }
    return {
      penalties: roundoff(B + penaltyRoundings(constants), penalties),
      squares: roundoff(B, expected.squares),
    };
  },
};
