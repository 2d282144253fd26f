import { latentHistory } from "../../../kernels/latent_history.ts";
import { positive } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";
import { DIVISION, roundoff } from "../tolerance.ts";

/** Cases of `latentHistory`. */
export const latentHistoryCases: KernelCases<typeof latentHistory> = {
  kernel: latentHistory,
  *launches(random) {
    for (const [n, { B, N }] of shapes("B", "N").entries()) {
      const counts = Array.from({ length: N }, () => random.integer(2) * random.integer(B + 1));
      yield {
        dims: { N },
        constants: { rows: B, decay: 0.99, increment: n % 2 === 0 ? 1 : B, restart: n % 3 % 2 },
        inputs: {
          counts,
          squares: positive(random, N).map((v, i) => counts[i] * v),
          silentSteps: counts.map(() => random.integer(1000)),
          importance: positive(random, N),
        },
      };
    }
  },
  // 1 − decay must be computed in float64, as in `scaleInput`.
  tolerance({ expected }) {
    return { importance: roundoff(DIVISION + 4, expected.importance) };
  },
};
