import { jumpThresholds } from "../../../kernels/jump_thresholds.ts";
import { normal } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { SIZES } from "../shapes.ts";
import { roundoffOf } from "../tolerance.ts";

/** The relative error of exp(t) that WGSL permits: 3 + 2|t| ulp. */
function exponentialError(t: number): number {
  return (3 + 2 * Math.abs(t)) * 2 ** -23;
}

/** Cases of `jumpThresholds`. */
export const jumpThresholdsCases: KernelCases<typeof jumpThresholds> = {
  kernel: jumpThresholds,
  *launches(random) {
    for (const [n, N] of [...SIZES, 3000].entries()) {
      for (const logarithm of [true, false]) {
        const constants = { logarithm, bandwidth: [0.05, 0.001, 2][n % 3] };
        // Logarithms around −2, and at times so far away that the thresholds are 1e-17 or 1e13.
        const parameter = normal(random, N, -2).map((v) => random.integer(5) === 0 ? 15 * v : v);
        yield { dims: { N }, constants, inputs: { parameter } };
      }
    }
  },
  tolerance({ inputs: { parameter }, expected: { threshold }, constants }) {
    const { logarithm, bandwidth } = constants;
    const thresholdError = (i: number) =>
      logarithm ? exponentialError(parameter[i]) * threshold[i] : 0;
    return {
      threshold: thresholdError,
      windowStart: (i) => thresholdError(i) + roundoffOf(2, Math.abs(threshold[i]) + bandwidth / 2),
    };
  },
};
