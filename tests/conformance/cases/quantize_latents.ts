import { quantizeLatents } from "../../../kernels/quantize_latents.ts";
import { WEIGHT_LEVELS } from "../../../kernels/quantize_rows.ts";
import type { KernelCases } from "../launch.ts";
import { latentsTolerance, settleLatents } from "../quantized.ts";
import { halfwayRows, rowsOfEveryKind } from "../rows.ts";
import { shapes } from "../shapes.ts";

/** The integers of latents. */
export const LATENT_FORMAT = { levels: WEIGHT_LEVELS };

/** Cases of `quantizeLatents`: rows of every kind, and quotients halfway between two integers. */
export const quantizeLatentsCases: KernelCases<typeof quantizeLatents> = {
  kernel: quantizeLatents,
  *launches(random) {
    for (const { N, d } of shapes("N", "d")) {
      const encoder = rowsOfEveryKind(random, N, d);
      yield { dims: { N, d, W: Math.ceil(d / 4) }, constants: {}, inputs: { encoder } };
    }
    const N = 48, d = 70;
    const encoder = halfwayRows(random, { count: N, d, levels: WEIGHT_LEVELS });
    yield { title: "halfway", dims: { N, d, W: 18 }, constants: {}, inputs: { encoder } };
  },
  settle(launch, got) {
    const { inputs: { encoder }, expected, dims: { N, d } } = launch;
    const { words, bounds } = settleLatents(
      { ...LATENT_FORMAT, values: encoder, count: N, d },
      { words: expected.quantized, bounds: expected.bounds },
      { words: got.quantized, bounds: got.bounds },
    );
    return { ...launch, expected: { ...expected, quantized: words, bounds } };
  },
  tolerance({ expected: { bounds }, dims: { d } }) {
    return { bounds: latentsTolerance(bounds, d) };
  },
};
