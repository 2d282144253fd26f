import { quantizeStored } from "../../../kernels/quantize_stored.ts";
import { expandStored } from "../../../kernels/stored_weights.ts";
import type { KernelCases } from "../launch.ts";
import { latentsTolerance, settleLatents } from "../quantized.ts";
import { pairs, shapes } from "../shapes.ts";
import { STORED_TYPES, storedRows } from "../stored.ts";
import { roundoffOf } from "../tolerance.ts";
import { LATENT_FORMAT } from "./quantize_latents.ts";

/** Cases of `quantizeStored`: every type, with zero rows and the whole range of int8. */
export const quantizeStoredCases: KernelCases<typeof quantizeStored> = {
  kernel: quantizeStored,
  *launches(random) {
    for (const { dims: { N, d }, constants: type } of pairs(shapes("N", "d"), STORED_TYPES)) {
      const { V, stored, scale } = storedRows(random, type, { N, d });
      const dims = { N, V, W: Math.ceil(d / 4) };
      yield { dims, constants: { type, d }, inputs: { stored, scale } };
    }
  },
  settle(launch, got) {
    const { inputs: { stored, scale }, expected, dims: { N }, constants: { type, d } } = launch;
    if (type === "int8") return launch;
    const values = expandStored(type, stored, scale, { N, d });
    const { words, bounds } = settleLatents(
      { ...LATENT_FORMAT, values, count: N, d },
      { words: expected.quantized, bounds: expected.bounds },
      { words: got.quantized, bounds: got.bounds },
    );
    return { ...launch, expected: { ...expected, quantized: words, bounds } };
  },
  tolerance({ expected: { bounds }, constants: { type, d } }) {
    const tolerance = latentsTolerance(bounds, d);
    if (type !== "int8") return { bounds: tolerance };
    // The error is that of one rounding of each weight, and may be given as the most that it can be.
    const ofError = (e: number) => roundoffOf(1, bounds[e - 1]);
    return { bounds: (e) => e % 4 === 0 ? 0 : e % 4 === 2 ? ofError(e) : tolerance(e) };
  },
};
