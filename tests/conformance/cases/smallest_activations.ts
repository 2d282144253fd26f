import { smallestActivations } from "../../../kernels/smallest_activations.ts";
import { activations, patternOf } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";

/** Cases of `smallestActivations`: a value is chosen, so all must be equal. */
export const smallestActivationsCases: KernelCases<typeof smallestActivations> = {
  kernel: smallestActivations,
  *launches(random) {
    for (const [n, dims] of shapes("B", "N").entries()) {
      const title = patternOf(n);
      const f = activations(random, dims, title, n % 2 === 1);
      yield { title, dims, constants: {}, inputs: { activations: f } };
    }
  },
  tolerance: () => ({}),
};
