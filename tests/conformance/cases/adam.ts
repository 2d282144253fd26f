import { adam, type AdamConstants } from "../../../kernels/adam.ts";
import { normal, positive } from "../inputs.ts";
import type { Random } from "../../../src/base/random.ts";
import type { KernelCases, PreparedLaunch } from "../launch.ts";
import { pairs, SIZES } from "../shapes.ts";
import { DIVISION, magnitudes, roundoff, SQUARE_ROOT } from "../tolerance.ts";

/** Hyperparameters to test with. */
export const CONSTANTS = [
  { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, maxNorm: Infinity },
  { beta1: 0.5, beta2: 0.9375, epsilon: 1e-8, maxNorm: 1 },
  { beta1: 0.9, beta2: 0.999, epsilon: 1e-6, maxNorm: 1 },
];

// The last two are long, because elementwise kernels process many elements at a time.
const LENGTHS = [...SIZES, 70_001, 9_170];

/** Returns the operands of M elements at step t. */
export function adamInputs(
  random: Random,
  M: number,
  { beta1, beta2 }: AdamConstants,
  { t, norm }: { readonly t: number; readonly norm: number },
) {
  // A silent latent may never have had a gradient: its update is 0/(√0 + ε).
  const silent = Array.from({ length: M }, () => random.integer(5) === 0 ? 0 : 1);
  const unlessSilent = (values: number[]) => values.map((v, i) => silent[i] * v);
  return {
    parameter: normal(random, M),
    gradient: Number.isNaN(norm) ? Array(M).fill(NaN) : unlessSilent(normal(random, M)),
    firstMoment: t === 1 ? Array(M).fill(0) : unlessSilent(normal(random, M)),
    secondMoment: t === 1 ? Array(M).fill(0) : unlessSilent(positive(random, M)),
    norm: [norm],
    controls: [0.03, 1 - beta1 ** t, 1 - beta2 ** t],
  };
}

/** Cases of `adam`: first and later steps, with and without clipping, and norms that are not finite. */
export const adamCases: KernelCases<typeof adam> = {
  kernel: adam,
  *launches(random) {
    const lengths = [...LENGTHS, ...LENGTHS.slice(0, -1)].map((M) => ({ M }));
    for (const { dims, constants, n } of pairs(lengths, CONSTANTS)) {
      const { M } = dims;
      const t = n % 2 === 0 ? 1 : 20;
      const norm = [0, 0.5, 1, 20, NaN, Infinity, 2][n % 7];
      yield {
        title: `step ${t}, norm ${norm}`,
        dims,
        constants,
        inputs: adamInputs(random, M, constants, { t, norm }),
      };
    }
  },
  tolerance: adamTolerance,
};

/**
 * Returns the largest permitted errors of the parameter and the moments. 1 − β must be computed in float64: in
 * float32 its error is 2⁻²⁵/(1 − β), 500 roundings at 0.999.
 */
export function adamTolerance(launch: PreparedLaunch<typeof adam>) {
  if (!Number.isFinite(launch.inputs.norm[0])) return {};
  const [learningRate, ...corrections] = launch.inputs.controls;
  // A negative rate adds the update to the parameter instead of subtracting it.
  const controls = Float64Array.of(-learningRate, ...corrections);
  const sizes = magnitudes(adam, launch, { controls });
  const clipped = DIVISION + 3;
  return {
    firstMoment: roundoff(clipped + 3, sizes.firstMoment),
    secondMoment: roundoff(2 * clipped + 4, sizes.secondMoment),
    parameter: roundoff(3 * clipped + 3 * DIVISION + SQUARE_ROOT + 9, sizes.parameter),
  };
}
