import { INPUT_LEVELS, INPUT_OFFSET, quantizeRows } from "../../../kernels/quantize_rows.ts";
import type { KernelCases } from "../launch.ts";
import {
  byteAt,
  errorNorm,
  errorTolerance,
  normOf,
  normTolerance,
  settledInteger,
  settledScale,
  storeByte,
} from "../quantized.ts";
import { halfwayRows, rowsOfEveryKind } from "../rows.ts";
import { shapes } from "../shapes.ts";
import { DIVISION, roundoffOf } from "../tolerance.ts";

const levels = INPUT_LEVELS;

/** How many units of the second digit make one of the first. */
const UNITS = 128;

/** Cases of `quantizeRows`: rows of every kind, and quotients halfway between two integers. */
export const quantizeRowsCases: KernelCases<typeof quantizeRows> = {
  kernel: quantizeRows,
  *launches(random) {
    for (const { B, d } of shapes("B", "d")) {
      const input = rowsOfEveryKind(random, B, d);
      yield { dims: { B, d, W: Math.ceil(d / 4) }, constants: {}, inputs: { input } };
    }
    const B = 48, d = 70;
    const input = halfwayRows(random, { count: B, d, levels });
    yield { title: "halfway", dims: { B, d, W: 18 }, constants: {}, inputs: { input } };
  },
  settle(launch, got) {
    const { inputs: { input }, expected, dims: { B, d, W } } = launch;
    const quantized = new Uint32Array(2 * B * W), bounds = new Float64Array(5 * B);
    for (let b = 0; b < B; b++) {
      const scale = settledScale(expected.bounds[5 * b], got.bounds[5 * b]);
      const row = Float64Array.from(input.subarray(b * d, (b + 1) * d));
      const first = 2 * b * W, second = first + W;
      const digit = (at: number, k: number) => byteAt(got.quantized, at, k) - INPUT_OFFSET;
      const firsts = Int32Array.from(
        row,
        (value, k) => settledInteger(value / scale, { levels, stored: digit(first, k) }),
      );
      const rests = row.map((value, k) => value - scale * firsts[k]);
      const seconds = Int32Array.from(rests, (rest, k) => {
        // The product of scale and first digit is rounded once.
        const error = UNITS * 2 ** -24 * Math.abs(firsts[k]);
        return settledInteger(UNITS * rest / scale, { levels, stored: digit(second, k), error });
      });
      firsts.forEach((integer, k) => storeByte(quantized, first, k, integer + INPUT_OFFSET));
      seconds.forEach((integer, k) => storeByte(quantized, second, k, integer + INPUT_OFFSET));
      const errors = [errorNorm(row, firsts, scale), errorNorm(rests, seconds, scale / UNITS)];
      const decoded = scale * normOf(firsts);
      bounds.set([expected.bounds[5 * b], normOf(row), errors[0], decoded, errors[1]], 5 * b);
    }
    return { ...launch, expected: { ...expected, quantized, bounds } };
  },
  tolerance({ expected: { bounds }, dims: { d } }) {
    return {
      bounds: (e) => {
        const [scale, norm, error, decoded, rest] = bounds.subarray(e - e % 5);
        return [
          roundoffOf(DIVISION, scale),
          normTolerance(d, norm),
          errorTolerance(d, error, norm),
          normTolerance(d, decoded),
          errorTolerance(d, rest, norm),
        ][e % 5];
      },
    };
  },
};
