import { adamEncoder } from "../../../kernels/adam_encoder.ts";
import type { KernelCases } from "../launch.ts";
import { latentsTolerance, settleLatents } from "../quantized.ts";
import { pairs, shapes } from "../shapes.ts";
import { adamInputs, adamTolerance, CONSTANTS } from "./adam.ts";
import { LATENT_FORMAT } from "./quantize_latents.ts";

/**
 * Cases of `adamEncoder`: the updates of `adam`, quantised. What is expected of the integers follows from the
 * parameters that the backend has computed.
 */
export const adamEncoderCases: KernelCases<typeof adamEncoder> = {
  kernel: adamEncoder,
  *launches(random) {
    for (const { dims: { N, d }, constants, n } of pairs(shapes("N", "d"), CONSTANTS)) {
      const t = n % 2 === 0 ? 1 : 20, norm = [0.5, 20, NaN, 2][n % 4];
      const inputs = adamInputs(random, N * d, constants, { t, norm });
      const dims = { N, d, W: Math.ceil(d / 4) };
      yield { title: `step ${t}, norm ${norm}`, dims, constants, inputs };
    }
  },
  settle(launch, got) {
    const { expected, dims: { N, d } } = launch;
    const scales = new Float64Array(4 * N);
    for (let i = 0; i < N; i++) {
      const row = Array.from({ length: d }, (_, k) => Math.abs(got.parameter[i * d + k]));
      scales[4 * i] = Math.max(Math.fround(Math.max(...row) / LATENT_FORMAT.levels), 2 ** -80);
    }
    const { words, bounds } = settleLatents(
      { ...LATENT_FORMAT, values: got.parameter, count: N, d },
      { words: expected.quantized, bounds: scales },
      { words: got.quantized, bounds: got.bounds },
    );
    return { ...launch, expected: { ...expected, quantized: words, bounds } };
  },
  tolerance(launch) {
    const { expected: { bounds }, dims: { N, d } } = launch;
    return {
      ...adamTolerance({ ...launch, dims: { M: N * d } }),
      bounds: latentsTolerance(bounds, d),
    };
  },
};
