import { targetL0Penalty } from "../../../kernels/target_l0_penalty.ts";
import { normal, positive } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";
import { DIVISION, roundoffOf } from "../tolerance.ts";

/** Cases of `targetL0Penalty`: L0 above and below its target. */
export const targetL0PenaltyCases: KernelCases<typeof targetL0Penalty> = {
  kernel: targetL0Penalty,
  *launches(random) {
    for (const [n, { B, N }] of shapes("B", "N").entries()) {
      yield {
        dims: { N },
        constants: {
          targetL0: N * [0.1, 0.5, 0.9][n % 3],
          rows: B,
          silentBelowZero: n % 2 === 1,
        },
        inputs: {
          counts: Array.from({ length: N }, () => random.integer(B + 1)),
          threshold: normal(random, N),
          strength: positive(random, 1),
          terms: normal(random, 4),
        },
      };
    }
  },
  // l0/l* − 1 has an error δ relative to both; its square has the error (2|excess| + δ) δ.
  tolerance({ inputs: { strength: [strength] }, expected, constants: { targetL0 } }) {
    const loss = expected.terms[3];
    const excess = Math.sqrt(loss / strength);
    const delta = roundoffOf(2 * DIVISION + 2, excess + 2);
    const coefficient = 2 * strength / targetL0 * delta +
      roundoffOf(DIVISION + 2, Math.abs(expected.coefficient[0]));
    const term = strength * (2 * excess + delta) * delta + roundoffOf(2, loss);
    return { coefficient: () => coefficient, terms: (e) => e === 3 ? term : 0 };
  },
};
