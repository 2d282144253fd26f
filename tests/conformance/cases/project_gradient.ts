import { projectGradient } from "../../../kernels/project_gradient.ts";
import { decoderAndNorms, normal } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { pairs, shapes } from "../shapes.ts";
import { DIVISION, roundoff, SQUARE_ROOT } from "../tolerance.ts";

const CONSTANTS = [
  { epsilon: 0, assumeUnit: false },
  { epsilon: 1e-6, assumeUnit: false },
  // Large enough to be seen.
  { epsilon: 0.5, assumeUnit: false },
  { epsilon: 0, assumeUnit: true },
];

/** Cases of `projectGradient`: a row of zeros leaves its gradient as it is. */
export const projectGradientCases: KernelCases<typeof projectGradient> = {
  kernel: projectGradient,
  *launches(random) {
    for (const { dims, constants } of pairs(shapes("N", "d"), CONSTANTS)) {
      const { decoder } = decoderAndNorms(random, dims);
      const decoderGradient = normal(random, dims.N * dims.d);
      yield { dims, constants, inputs: { decoder, decoderGradient } };
    }
    const dims = { N: 2, d: 3 };
    for (const constants of CONSTANTS) {
      const inputs = { decoder: Array(6).fill(0), decoderGradient: normal(random, 6) };
      yield { title: "all zero", dims, constants, inputs };
    }
  },
  // D appears in the dot product and in what is subtracted, so no sign of its elements makes a sum of magnitudes.
  tolerance({ inputs: { decoder, decoderGradient }, dims: { N, d }, constants }) {
    const sizes = decoderGradient.map(Math.abs);
    for (let i = 0; i < N; i++) {
      const D = decoder.subarray(i * d, (i + 1) * d);
      const norm = constants.assumeUnit ? 1 : Math.hypot(...D) + constants.epsilon;
      const parallel = D.reduce((sum, v, k) => sum + Math.abs(v * decoderGradient[i * d + k]), 0);
      D.forEach((v, k) => sizes[i * d + k] += norm > 0 ? parallel / norm ** 2 * Math.abs(v) : 0);
    }
    return { decoderGradient: roundoff(2 * d + 2 * (DIVISION + SQUARE_ROOT) + 4, sizes) };
  },
};
