import { levelResidual } from "../../../kernels/level_residual.ts";
import { normal, positive } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";
import { DIVISION, magnitudes, negated, roundoff } from "../tolerance.ts";

/** Cases of `levelResidual`. */
export const levelResidualCases: KernelCases<typeof levelResidual> = {
  kernel: levelResidual,
  *launches(random) {
    for (const dims of shapes("P", "B", "d")) {
      const { P, B, d } = dims;
      for (const level of new Set([0, random.integer(P), P - 1])) {
        const weights = positive(random, P);
        const isZero = random.integer(4) === 0;
        if (isZero) weights[level] = 0;
        yield {
          title: isZero ? "without weight" : "",
          dims,
          constants: { level, scale: 2 / B },
          inputs: { reverseSums: normal(random, P * B * d), weights },
        };
      }
    }
  },
  tolerance(launch) {
    const { inputs, dims: { B, d }, constants: { level } } = launch;
    // The next level is subtracted.
    const reverseSums = inputs.reverseSums.map(Math.abs);
    const next = (level + 1) * B * d;
    reverseSums.set(negated(reverseSums.subarray(next, next + B * d)), next);
    const { residual } = magnitudes(levelResidual, launch, { reverseSums });
    return { residual: roundoff(DIVISION + 3, residual) };
  },
};
