import { sparseDecodeStored } from "../../../kernels/sparse_decode_stored.ts";
import { sparseDecode } from "../../../kernels/sparse_decode.ts";
import { expandStored } from "../../../kernels/stored_weights.ts";
import type { KernelCases } from "../launch.ts";
import { STORED_TYPES, storedRows } from "../stored.ts";
import { magnitudes, roundoff } from "../tolerance.ts";
import { sparseDecodeCases } from "./sparse_decode.ts";

/** Cases of `sparseDecodeStored`: those of `sparseDecode`, with decoders of every type. */
export const sparseDecodeStoredCases: KernelCases<typeof sparseDecodeStored> = {
  kernel: sparseDecodeStored,
  *launches(random) {
    let n = 0;
    for (const { title, dims, constants, inputs } of sparseDecodeCases.launches(random)) {
      // One of the three prefixes of each shape, with another type in each round.
      if (n++ % 4 !== 0) continue;
      const type = STORED_TYPES[n % STORED_TYPES.length];
      const { V, stored, scale } = storedRows(random, type, dims);
      const { decoder: _, ...others } = inputs;
      const all = { ...others, stored, scale };
      yield { title, dims: { ...dims, V }, constants: { ...constants, type }, inputs: all };
    }
  },
  tolerance({ inputs: { stored, scale, ...inputs }, dims, constants: { type, prefix } }) {
    const decoder = expandStored(type, stored, scale, dims);
    const launch = { inputs: { ...inputs, decoder }, dims, constants: { prefix } };
    const { reconstruction } = magnitudes(sparseDecode, launch);
    return { reconstruction: roundoff(dims.N + 1, reconstruction) };
  },
};
