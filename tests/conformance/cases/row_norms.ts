import { rowNorms } from "../../../kernels/row_norms.ts";
import { decoderAndNorms } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";
import { roundoff, SQUARE_ROOT } from "../tolerance.ts";

/** Cases of `rowNorms`: the norm of a zero row must be exactly zero. */
export const rowNormsCases: KernelCases<typeof rowNorms> = {
  kernel: rowNorms,
  *launches(random) {
    for (const dims of shapes("N", "d")) {
      yield { dims, constants: {}, inputs: { decoder: decoderAndNorms(random, dims).decoder } };
    }
    const dims = { N: 2, d: 3 };
    yield { title: "all zero", dims, constants: {}, inputs: { decoder: Array(6).fill(0) } };
  },
  tolerance({ expected, dims: { d } }) {
    return { norms: roundoff(d + SQUARE_ROOT, expected.norms) };
  },
};
