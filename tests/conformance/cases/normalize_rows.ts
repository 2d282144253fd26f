import { normalizeRows } from "../../../kernels/normalize_rows.ts";
import { decoderAndNorms } from "../inputs.ts";
import type { KernelCases } from "../launch.ts";
import { shapes } from "../shapes.ts";
import { DIVISION, roundoff, SQUARE_ROOT } from "../tolerance.ts";

/** Cases of `normalizeRows`: rows of zeros stay, with norms of exactly zero. */
export const normalizeRowsCases: KernelCases<typeof normalizeRows> = {
  kernel: normalizeRows,
  *launches(random) {
    for (const dims of shapes("N", "d")) {
      yield { dims, constants: {}, inputs: { rows: decoderAndNorms(random, dims).decoder } };
    }
    const dims = { N: 2, d: 3 };
    yield { title: "all zero", dims, constants: {}, inputs: { rows: Array(6).fill(0) } };
  },
  tolerance({ expected, dims: { d } }) {
    const rows = d + SQUARE_ROOT + DIVISION + 1;
    return {
      rows: roundoff(rows, expected.rows.map(Math.abs)),
      // That of the rows, and of their norms.
      norms: roundoff(rows + d + SQUARE_ROOT, expected.norms),
    };
  },
};
