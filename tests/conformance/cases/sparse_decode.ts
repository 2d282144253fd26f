import { sparseDecode } from "../../../kernels/sparse_decode.ts";
import { activations, codesByRow, decoderAndNorms, normal, patternOf } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";
import { magnitudes, roundoff } from "../tolerance.ts";

/** Cases of `sparseDecode`: one latent, half of them, and all. */
export const sparseDecodeCases: KernelCases<typeof sparseDecode> = {
  kernel: sparseDecode,
  *launches(random) {
    // The last one has enough codes per row for blocks of latents, and several of these.
    const sizes = [...shapes("B", "d", "N"), { B: 45, d: 55, N: 300 }];
    for (const [n, dims] of sizes.entries()) {
      const { d, N } = dims;
      const dense = activations(random, dims, patternOf(n), n % 2 === 1);
      const { K, offsets, positions, values } = codesByRow(dense, dims, n % 3);
      for (const prefix of new Set([1, Math.ceil(N / 2), N])) {
        yield {
          title: patternOf(n),
          dims: { ...dims, K },
          constants: { prefix },
          inputs: {
            rowOffsets: offsets,
            indices: positions,
            values,
            decoder: decoderAndNorms(random, { N, d }).decoder,
            decoderBias: normal(random, d),
          },
        };
      }
    }
  },
  tolerance(launch) {
    const { reconstruction } = magnitudes(sparseDecode, launch);
    return { reconstruction: roundoff(launch.dims.N + 1, reconstruction) };
  },
};
