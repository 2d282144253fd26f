import { INPUT_LEVELS, INPUT_OFFSET, quantizeRows } from "../../../kernels/quantize_rows.ts";
import type { KernelCases } from "../launch.ts";
import { boundsTolerance, settleRows } from "../quantized.ts";
import { halfwayRows, rowsOfEveryKind } from "../rows.ts";
import { shapes } from "../shapes.ts";

const FORMAT = { levels: INPUT_LEVELS, offset: INPUT_OFFSET };

/** Cases of `quantizeRows`: rows of every kind, and quotients halfway between two integers. */
export const quantizeRowsCases: KernelCases<typeof quantizeRows> = {
  kernel: quantizeRows,
  *launches(random) {
    for (const { B, d } of shapes("B", "d")) {
      const input = rowsOfEveryKind(random, B, d);
      yield { dims: { B, d, W: Math.ceil(d / 4) }, constants: {}, inputs: { input } };
    }
    const B = 48, d = 70;
    const input = halfwayRows(random, { count: B, d, levels: INPUT_LEVELS });
    yield { title: "halfway", dims: { B, d, W: 18 }, constants: {}, inputs: { input } };
  },
  settle(launch, got) {
    const { inputs: { input }, expected, dims: { B, d } } = launch;
    const { words, bounds } = settleRows(
      { ...FORMAT, values: input, count: B, d },
      { words: expected.quantized, bounds: expected.bounds },
      { words: got.quantized, bounds: got.bounds },
    );
    return { ...launch, expected: { ...expected, quantized: words, bounds } };
  },
  tolerance({ expected: { bounds }, dims: { d } }) {
    return { bounds: boundsTolerance(bounds, { ...FORMAT, d }) };
  },
};
