import { thresholdGradient, type WindowConstants } from "../../../kernels/threshold_gradient.ts";
import {
  above,
  codesByLatent,
  decoderAndNorms,
  grid,
  normal,
  patternOf,
  PENALTIES,
  positive,
  prefixBounds,
} from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { pairs, shapes } from "../shapes.ts";
import { DIVISION, magnitudes, roundoff, withSteepestPenalty } from "../tolerance.ts";
import type { Random } from "../../../src/base/random.ts";

const SWITCHES = Array.from({ length: 8 }, (_, n) => ({
  window: n % 2 === 0 ? "preActivation" : "activation",
  rectified: n % 4 < 2,
  logarithm: n < 4,
} as const));

/** Every penalty with two settings of the switches, and the l0 penalty with all of them. */
export const WINDOWS: readonly WindowConstants[] = [
  ...[...PENALTIES, ...PENALTIES].map((penalty, n) => ({
    ...penalty,
    ...SWITCHES[n % 8],
    bandwidth: n % 3 === 0 ? 2 : 0.5,
  })),
  ...SWITCHES.map((switches) => ({ ...PENALTIES[5], ...switches, bandwidth: 0.5 })),
];

/**
 * Returns pre-activations and thresholds on a grid, so that differences are exact. It is coarse enough that some of them equal half the
 * bandwidth, and some pre-activations are 0 or equal their threshold.
 */
export function preAndThresholds(random: Random, { B, N }: Record<"B" | "N", number>) {
  return { pre: grid(random, B * N, 8, 0.125), threshold: grid(random, N, 4, 0.125) };
}

/** Returns the operands that have no say in what is in a window. */
export function gradientOperands(random: Random, dims: Record<"B" | "d" | "N" | "P", number>) {
  const { B, d, N, P } = dims;
  return {
    reverseSums: normal(random, P * B * d),
    ...decoderAndNorms(random, { N, d }),
    bounds: prefixBounds(random, dims),
    weights: positive(random, P),
    coefficient: [10 * random.uniform()],
  };
}

/** Returns the number of roundings that an element goes through. */
export function windowRoundings({ B, d, P }: Record<"B" | "d" | "P", number>): number {
  return d + B + P + 4 * DIVISION + 6;
}

/** Cases of `thresholdGradient`. */
export const thresholdGradientCases: KernelCases<typeof thresholdGradient> = {
  kernel: thresholdGradient,
  *launches(random) {
    for (const { dims, constants, n } of pairs(shapes("B", "d", "N", "P"), WINDOWS)) {
      const { pre, threshold } = preAndThresholds(random, dims);
      const margin = { mixed: constants.bandwidth / 2, full: 10, silent: -10 }[patternOf(n)];
      const isKept = above(threshold.map((theta) => theta - margin));
      const { K, offsets, positions, values } = codesByLatent(pre, dims, n % 3, isKept);
      yield {
        title: patternOf(n),
        dims: { ...dims, K },
        constants,
        inputs: {
          latentOffsets: offsets,
          latentRows: positions,
          latentValues: values,
          threshold,
          ...gradientOperands(random, dims),
        },
      };
    }
  },
  tolerance(launch) {
    const { latentValues, threshold } = launch.inputs;
    const steepest = withSteepestPenalty(launch);
    const kept = { latentValues, threshold };
    // The two terms may differ in sign: their magnitudes are added.
    const slopes = magnitudes(thresholdGradient, withoutL0(steepest), kept).thresholdGradient;
    const reverseSums = launch.inputs.reverseSums.map(() => 0);
    const l0 = magnitudes(thresholdGradient, steepest, { ...kept, reverseSums }).thresholdGradient;
    const sizes = slopes.map((v, i) => Math.abs(v) + Math.abs(l0[i]));
    return { thresholdGradient: roundoff(windowRoundings(launch.dims), sizes) };
  },
};

/** Returns the launch without the l0 penalty, if it has that. */
export function withoutL0<L extends { readonly constants: WindowConstants }>(launch: L): L {
  const { constants } = launch;
  if (constants.penalty !== "l0") return launch;
  return { ...launch, constants: { ...constants, penalty: "none" } };
}
