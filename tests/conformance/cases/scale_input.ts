import { scaleInput } from "../../../kernels/scale_input.ts";
import { normal } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { pairs, shapes } from "../shapes.ts";
import { DIVISION, magnitudes, roundoff, SQUARE_ROOT } from "../tolerance.ts";

/** Cases of `scaleInput`. */
export const scaleInputCases: KernelCases<typeof scaleInput> = {
  kernel: scaleInput,
  *launches(random) {
    for (const { dims, n } of pairs(shapes("B", "d"), [{}])) {
      const first = n % 3 === 0;
      yield {
        title: first ? "the first step" : "",
        dims,
        constants: { decay: 0.99 },
        inputs: {
          raw: normal(random, dims.B * dims.d, n % 2),
          correction: [first ? 0.01 : 1],
          running: [first ? 0 : 1 + random.uniform()],
        },
      };
    }
    yield {
      title: "all zeros so far",
      dims: { B: 3, d: 5 },
      constants: { decay: 0.99 },
      inputs: { raw: Array(15).fill(0), correction: [1], running: [0] },
    };
  },
  // 1 − decay must be computed in float64: in float32 its error is 2⁻²⁵/(1 − decay), 50 roundings at 0.99.
  tolerance(launch) {
    const { B, d } = launch.dims;
    const sizes = magnitudes(scaleInput, launch);
    const mean = B + d + SQUARE_ROOT + DIVISION;
    return {
      running: roundoff(mean + 4, sizes.running),
      scale: roundoff(mean + 4 + SQUARE_ROOT + DIVISION, sizes.scale),
      input: roundoff(mean + 5 + SQUARE_ROOT + DIVISION, sizes.input),
    };
  },
};
