import { firedRows } from "../../../kernels/fired_rows.ts";
import { activations, patternOf } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { pairs, shapes } from "../shapes.ts";

/** Bounds on both sides of their float32 values, which decide whether an activation as large as them counts. */
export const BOUNDS: readonly number[] = [0, 1e-3, 0.7, Math.fround(0.7), 0.3];

/** Cases of `firedRows`. */
export const firedRowsCases: KernelCases<typeof firedRows> = {
  kernel: firedRows,
  *launches(random) {
    const constants = BOUNDS.map((above) => ({ above }));
    for (const { dims, constants: { above }, n } of pairs(shapes("B", "N"), constants)) {
      const f = activations(random, dims, patternOf(n + 1), n % 2 === 1);
      yield {
        title: patternOf(n + 1),
        dims,
        constants: { above },
        inputs: { activations: f.map((value) => random.integer(5) === 0 ? above : value) },
      };
    }
  },
  tolerance: () => ({}),
};
