import { totalVariance } from "../../../kernels/total_variance.ts";
import { normal } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";
import { DIVISION, roundoffOf } from "../tolerance.ts";

/** Cases of `totalVariance`. */
export const totalVarianceCases: KernelCases<typeof totalVariance> = {
  kernel: totalVariance,
  *launches(random) {
    for (const [n, dims] of shapes("B", "d").entries()) {
      // With a mean far from 0, Σx²/B − mean² would lose the variance in the rounding of the squares.
      const mean = n % 2 === 0 ? 0 : 1000;
      const title = mean === 0 ? "" : `mean ${mean}`;
      yield {
        title,
        dims,
        constants: {},
        inputs: { input: normal(random, dims.B * dims.d, mean) },
      };
    }
  },
  // Σ (x − m̂)² = Σ (x − m)² + B (m − m̂)²: an error δ of the mean adds δ², not δ.
  tolerance({ inputs: { input }, expected, dims: { B, d } }) {
    let tolerance = roundoffOf(B * d + DIVISION + 2, expected.totalVariance[0]);
    for (let k = 0; k < d; k++) {
      let size = 0;
      for (let b = 0; b < B; b++) size += Math.abs(input[b * d + k]) / B;
      tolerance += roundoffOf(B + DIVISION, size) ** 2;
    }
    return { totalVariance: () => tolerance };
  },
};
