import { sparseReverseSums } from "../../../kernels/sparse_reverse_sums.ts";
import {
  activations,
  codesByRow,
  decoderAndNorms,
  denseFromRows,
  normal,
  patternOf,
  positive,
  prefixBounds,
} from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";
import { magnitudes, negated, roundoff, squaredErrorTolerance } from "../tolerance.ts";

/** Cases of `sparseReverseSums`. */
export const sparseReverseSumsCases: KernelCases<typeof sparseReverseSums> = {
  kernel: sparseReverseSums,
  *launches(random) {
    for (const [n, dims] of shapes("B", "d", "N", "P").entries()) {
      const { B, d, N, P } = dims;
      const dense = activations(random, dims, patternOf(n), n % 2 === 1);
      const { K, offsets, positions, values } = codesByRow(dense, dims, n % 3);
      const scale = n % 3 === 0 ? 1 / (B * d) : 1 / B;
      yield {
        title: patternOf(n),
        dims: { ...dims, K },
        constants: { errorScale: scale, gradientScale: 2 * scale },
        inputs: {
          rowOffsets: offsets,
          indices: positions,
          values,
          decoder: decoderAndNorms(random, { N, d }).decoder,
          decoderBias: normal(random, d),
          input: normal(random, B * d),
          bounds: prefixBounds(random, dims),
          weights: positive(random, P),
        },
      };
    }
  },
  tolerance(launch) {
    const { inputs, dims, constants } = launch;
    const { N, P } = dims;
    const { rowOffsets, indices, values, decoder, decoderBias, input, bounds } = inputs;
    const activations = denseFromRows(rowOffsets, indices, values, N);
    const sizes = magnitudes(sparseReverseSums, launch, { input: negated(input) });
    return {
      reverseSums: roundoff(N + P + 4, sizes.reverseSums),
      squaredErrors: squaredErrorTolerance(
        { activations, decoder, decoderBias, input, bounds },
        dims,
        constants.errorScale,
      ),
    };
  },
};
