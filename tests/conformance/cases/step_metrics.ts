import { LOSS_TERMS, METRICS_HEADER, stepMetrics } from "../../../kernels/step_metrics.ts";
import { normal, positive } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { SIZES } from "../shapes.ts";
import { magnitudes, roundoff } from "../tolerance.ts";

/** Cases of `stepMetrics`: only 8 + 3·P numbers of one row of the ring may change. */
export const stepMetricsCases: KernelCases<typeof stepMetrics> = {
  kernel: stepMetrics,
  *launches(random) {
    for (const [n, P] of SIZES.entries()) {
      for (const S of [1, 7]) {
        const C = METRICS_HEADER + 3 * P + LOSS_TERMS.length + (n % 3);
        yield {
          dims: { P, S, C },
          constants: {},
          inputs: {
            squaredErrors: positive(random, P),
            sparsity: normal(random, P),
            l0: positive(random, P),
            weights: positive(random, P),
            penaltyWeights: positive(random, P),
            coefficient: positive(random, 1),
            terms: normal(random, LOSS_TERMS.length),
            totalVariance: positive(random, 1),
            norm: positive(random, 1),
            slot: [random.integer(S)],
            ring: normal(random, S * C),
          },
        };
      }
    }
  },
  tolerance(launch) {
    const { P, C } = launch.dims;
    const loss = launch.inputs.slot[0] * C;
    const tolerance = roundoff(2 * P + LOSS_TERMS.length + 2, magnitudes(stepMetrics, launch).ring);
    return { ring: (e) => e === loss ? tolerance(e) : 0 };
  },
};
