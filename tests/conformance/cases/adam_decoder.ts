import { adamDecoder } from "../../../kernels/adam_decoder.ts";
import type { KernelCases } from "../launch.ts";
import { pairs, shapes } from "../shapes.ts";
import { roundoff, SQUARE_ROOT } from "../tolerance.ts";
import { adamInputs, adamTolerance, CONSTANTS } from "./adam.ts";

/** Cases of `adamDecoder`: the updates of `adam`, and norms of the rows that they leave. */
export const adamDecoderCases: KernelCases<typeof adamDecoder> = {
  kernel: adamDecoder,
  *launches(random) {
    for (const { dims, constants, n } of pairs(shapes("N", "d"), CONSTANTS)) {
      const t = n % 2 === 0 ? 1 : 20, norm = [0.5, 20, NaN, 2][n % 4];
      const inputs = adamInputs(random, dims.N * dims.d, constants, { t, norm });
      yield { title: `step ${t}, norm ${norm}`, dims, constants, inputs };
    }
  },
  tolerance(launch) {
    const { dims: { N, d }, expected: { norms } } = launch;
    const ofAdam = adamTolerance({ ...launch, dims: { M: N * d } });
    const ofNorm = roundoff(d + SQUARE_ROOT, norms);
    return {
      ...ofAdam,
      // The norm of a row moves by at most the norm of the errors of its elements.
      norms: (i) => {
        let square = 0;
        for (let e = i * d; e < (i + 1) * d; e++) square += (ofAdam.parameter?.(e) ?? 0) ** 2;
        return ofNorm(i) + Math.sqrt(square);
      },
    };
  },
};
