import { addLatentGradients } from "../../../kernels/add_latent_gradients.ts";
import { activations, codesByLatent, normal, patternOf } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { pairs, shapes } from "../shapes.ts";
import { magnitudes, roundoff } from "../tolerance.ts";

/** Cases of `addLatentGradients`. */
export const addLatentGradientsCases: KernelCases<typeof addLatentGradients> = {
  kernel: addLatentGradients,
  *launches(random) {
    // One has several blocks of rows, groups of latents and chunks of columns, the last one of each not whole; the last has latents with
    // more entries than one workgroup takes.
    const shared = [...shapes("B", "d", "N"), { B: 290, d: 55, N: 41 }, { B: 700, d: 12, N: 9 }];
    for (const { dims, constants, n } of pairs(shared, [{ encoder: true }, { encoder: false }])) {
      const { B, d, N } = dims;
      const dense = activations(random, dims, patternOf(n), n % 3 === 1);
      const { K, offsets, positions, values } = codesByLatent(dense, dims, n % 3);
      yield {
        title: patternOf(n),
        dims: { ...dims, K },
        constants,
        inputs: {
          latentOffsets: offsets,
          latentRows: positions,
          latentValues: values,
          outputGradient: normal(random, B * d),
          input: normal(random, B * d),
          decoder: normal(random, N * d),
          encoderGradient: normal(random, N * d),
          encoderBiasGradient: normal(random, N),
          decoderGradient: normal(random, N * d),
        },
      };
    }
  },
  // ∂f has the rounding errors of its own sum before it is summed over the rows.
  tolerance(launch) {
    const { B, d } = launch.dims;
    const sizes = magnitudes(addLatentGradients, launch);
    return {
      encoderGradient: roundoff(B + d + 2, sizes.encoderGradient),
      encoderBiasGradient: roundoff(B + d + 2, sizes.encoderBiasGradient),
      decoderGradient: roundoff(B + 2, sizes.decoderGradient),
    };
  },
};
