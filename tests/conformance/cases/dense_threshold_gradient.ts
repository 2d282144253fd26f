import { denseThresholdGradient } from "../../../kernels/dense_threshold_gradient.ts";
import type { KernelCases } from "../launch.ts";
import { pairs, shapes } from "../shapes.ts";
import { magnitudes, roundoff, withSteepestPenalty } from "../tolerance.ts";
import {
  gradientOperands,
  preAndThresholds,
  windowRoundings,
  WINDOWS,
  withoutL0,
} from "./threshold_gradient.ts";

/** Cases of `denseThresholdGradient`. */
export const denseThresholdGradientCases: KernelCases<typeof denseThresholdGradient> = {
  kernel: denseThresholdGradient,
  *launches(random) {
    for (const { dims, constants } of pairs(shapes("B", "d", "N", "P"), WINDOWS)) {
      const { pre, threshold } = preAndThresholds(random, dims);
      const inputs = { preActivations: pre, threshold, ...gradientOperands(random, dims) };
      yield { dims, constants, inputs };
    }
  },
  tolerance(launch) {
    const { preActivations, threshold } = launch.inputs;
    const steepest = withSteepestPenalty(launch);
    const kept = { preActivations, threshold };
    const slopes = magnitudes(denseThresholdGradient, withoutL0(steepest), kept);
    const reverseSums = launch.inputs.reverseSums.map(() => 0);
    const l0 = magnitudes(denseThresholdGradient, steepest, { ...kept, reverseSums });
    const sizes = slopes.thresholdGradient.map((v, i) =>
      Math.abs(v) + Math.abs(l0.thresholdGradient[i])
    );
    return { thresholdGradient: roundoff(windowRoundings(launch.dims), sizes) };
  },
};
