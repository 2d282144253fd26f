/**
 * Plans of the kernels that update the parameters once the gradients are computed.
 *
 * @module
 */
import { type Phase, phase, type Plans, single } from "../launch.ts";

/** Elements of a parameter that a thread takes at a time: a multiple of four. */
const ELEMENTS = 16384;

/** Bytes of a partial sum, float64. */
const PARTIAL_BYTES = 8;

/** The norm of the gradients, and Adam. */
export const updatePlans: Pick<Plans, "globalNorm" | "adam"> = {
  globalNorm({ norm, ...gradients }, { N, d }, _, planner) {
    const elementsPerChunk = planner.ask("globalNormChunk");
    const parts = ([
      [gradients.encoderGradient, N * d],
      [gradients.encoderBiasGradient, N],
      [gradients.decoderGradient, N * d],
      [gradients.decoderBiasGradient, d],
    ] as const).map(([gradient, count]) => {
      return { gradient, count, chunks: Math.ceil(count / elementsPerChunk) };
    });
    const total = parts.reduce((sum, { chunks }) => sum + chunks, 0);
    const partials = planner.temporary(PARTIAL_BYTES * total);
    let place = partials;
    const phases: Phase[] = [];
    for (const { gradient, count, chunks } of parts) {
      const args = { partials: place, gradient, count };
      phases.push(phase("globalNormPartials", args, { items: chunks, grain: 4 }));
      place += PARTIAL_BYTES * chunks;
    }
    phases.push(single("globalNormTotal", { norm, partials, count: total }));
    return { phases, scratchBytes: 0 };
  },

  adam(operands, { M }, { beta1, beta2, epsilon, maxNorm }) {
    const rests = { rest1: 1 - beta1, rest2: 1 - beta2 };
    const args = { ...operands, beta1, beta2, ...rests, epsilon, maxNorm };
    return { phases: [phase("adam", args, { items: M, grain: ELEMENTS })], scratchBytes: 0 };
  },
};
