import { type DenseActivation, encode } from "../../../kernels/encode.ts";
import { grid, hostile, normal } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { pairs, shapes } from "../shapes.ts";
import { magnitudes, roundoff } from "../tolerance.ts";

const CONSTANTS: { activation: DenseActivation }[] = [
  { activation: "relu" },
  { activation: "identity" },
  { activation: "jumprelu" },
];

/** Cases of `encode`. */
export const encodeCases: KernelCases<typeof encode> = {
  kernel: encode,
  *launches(random) {
    for (const { dims, constants } of pairs(shapes("B", "d", "N"), CONSTANTS)) {
      const { B, d, N } = dims;
      // Jumprelu is discontinuous at its threshold, so its sums must be exact. The grid is coarse
      // enough that some sums equal their threshold, which must not make the latent active.
      const exact = constants.activation === "jumprelu";
      yield {
        dims,
        constants,
        inputs: {
          input: exact ? grid(random, B * d, 2, 1) : normal(random, B * d),
          encoder: exact ? grid(random, N * d, 1, 1) : normal(random, N * d),
          encoderBias: exact ? grid(random, N, 2, 1) : normal(random, N),
          threshold: exact ? grid(random, N, 3, 1) : hostile(N),
        },
      };
    }
  },
  tolerance(launch) {
    if (launch.constants.activation === "jumprelu") return {};
    const constants = { activation: "identity" } as const;
    const { activations } = magnitudes(encode, { ...launch, constants });
    return { activations: roundoff(launch.dims.d + 1, activations) };
  },
};
