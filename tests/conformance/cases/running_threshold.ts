import { runningThreshold } from "../../../kernels/running_threshold.ts";
import { positive } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { pairs, shapes } from "../shapes.ts";
import { DIVISION, magnitudes, roundoff } from "../tolerance.ts";

const CHOICES = (["batch", "rows"] as const).flatMap((smallestOf) =>
  (["corrected", "first", "zero"] as const).map((start) => ({ smallestOf, start }))
);

/** Cases of `runningThreshold`. */
export const runningThresholdCases: KernelCases<typeof runningThreshold> = {
  kernel: runningThreshold,
  *launches(random) {
    for (const { dims, constants } of pairs([...shapes("B"), { B: 3000 }], CHOICES)) {
      const share = [0, 0.5, 1][random.integer(3)];
      const minima = positive(random, dims.B).map((least) => random.uniform() < share ? least : 0);
      for (const running of [[0, 0], [0.3, 0.7]]) {
        const rate = [0, 0.001, 0.6, 1][random.integer(4)];
        yield {
          title: `rate ${rate}, ${share} positive`,
          dims,
          constants,
          inputs: { minima, rate: [rate], running },
        };
      }
    }
  },
  tolerance(launch) {
    const n = launch.constants.smallestOf === "rows" ? launch.dims.B + DIVISION : 0;
    return { running: roundoff(n + 4, magnitudes(runningThreshold, launch).running) };
  },
};
