import { penaltyWeight } from "../../../kernels/penalty.ts";
import { sparseLatentSums } from "../../../kernels/sparse_latent_sums.ts";
import { activations, codesByLatent, decoderAndNorms, patternOf, PENALTIES } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { pairs, shapes } from "../shapes.ts";
import { penaltyMagnitude, penaltyRoundings, roundoff } from "../tolerance.ts";

/** Cases of `sparseLatentSums`. */
export const sparseLatentSumsCases: KernelCases<typeof sparseLatentSums> = {
  kernel: sparseLatentSums,
  *launches(random) {
    for (const { dims: { B, N }, constants, n } of pairs(shapes("B", "N"), PENALTIES)) {
      const dense = activations(random, { B, N }, patternOf(n), n % 2 === 1);
      const { K, offsets, values } = codesByLatent(dense, { B, N }, n % 3);
      yield {
        title: patternOf(n),
        dims: { N, K },
        constants: { ...constants, rows: B },
        inputs: {
          latentOffsets: offsets,
          latentValues: values,
          norms: decoderAndNorms(random, { N, d: 3 }).norms,
        },
      };
    }
  },
  tolerance({ inputs: { latentOffsets, latentValues, norms }, expected, dims: { N }, constants }) {
    const penalties = new Float64Array(N);
    for (let i = 0; i < N; i++) {
      const from = latentOffsets[i];
      const to = latentOffsets[i + 1];
      const weight = penaltyWeight(constants, norms[i]);
      penalties[i] = (constants.rows - (to - from)) * penaltyMagnitude(constants, 0);
      for (let e = from; e < to; e++) {
        penalties[i] += penaltyMagnitude(constants, Math.abs(latentValues[e]) * weight);
      }
    }
    return {
      penalties: roundoff(constants.rows + penaltyRoundings(constants), penalties),
      squares: roundoff(constants.rows, expected.squares),
    };
  },
};
