import { centre } from "../../../kernels/centre.ts";
import { normal } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";
import { magnitudes, negated, roundoff } from "../tolerance.ts";

/** Cases of `centre`. */
export const centreCases: KernelCases<typeof centre> = {
  kernel: centre,
  *launches(random) {
    for (const dims of shapes("B", "d")) {
      const input = normal(random, dims.B * dims.d);
      const decoderBias = normal(random, dims.d);
      yield { dims, constants: {}, inputs: { input, decoderBias } };
    }
  },
  tolerance(launch) {
    const decoderBias = negated(launch.inputs.decoderBias);
    return { centred: roundoff(1, magnitudes(centre, launch, { decoderBias }).centred) };
  },
};
