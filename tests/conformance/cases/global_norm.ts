import { globalNorm } from "../../../kernels/global_norm.ts";
import { normal } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";
import { roundoff, SQUARE_ROOT } from "../tolerance.ts";

/** Cases of `globalNorm`: one element that is not finite makes the norm not finite. */
export const globalNormCases: KernelCases<typeof globalNorm> = {
  kernel: globalNorm,
  *launches(random) {
    const inputsOf = (N: number, d: number) => ({
      encoderGradient: normal(random, N * d),
      encoderBiasGradient: normal(random, N),
      decoderGradient: normal(random, N * d),
      decoderBiasGradient: normal(random, d),
    });
    for (const dims of shapes("N", "d")) {
      yield { dims, constants: {}, inputs: inputsOf(dims.N, dims.d) };
    }
    const N = 17;
    const d = 9;
    for (const name of Object.keys(inputsOf(1, 1)) as (keyof ReturnType<typeof inputsOf>)[]) {
      for (const value of [NaN, Infinity, -Infinity]) {
        const inputs = inputsOf(N, d);
        inputs[name][random.integer(inputs[name].length)] = value;
        yield { title: `${value} in ${name}`, dims: { N, d }, constants: {}, inputs };
      }
    }
  },
  tolerance({ expected, dims: { N, d } }) {
    return { norm: roundoff(2 * N * d + N + d + SQUARE_ROOT, expected.norm) };
  },
};
