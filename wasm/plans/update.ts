/**
 * Plans of the kernels that update the parameters once the gradients are computed.
 *
 * @module
 */
import type { AdamConstants } from "../../kernels/adam.ts";
import { type Phase, phase, type Plans, single } from "../launch.ts";

/** Elements of a parameter that a thread takes at a time: a multiple of four. */
const ELEMENTS = 16384;

/** Rows of a parameter that a thread takes at a time: a multiple of four. */
const ROWS = 16;

/** Bytes of a partial sum, float64. */
const PARTIAL_BYTES = 8;

/** Returns the constants as the kernels take them. */
function adamArgs({ beta1, beta2, epsilon, maxNorm }: AdamConstants) {
  return { beta1, beta2, rest1: 1 - beta1, rest2: 1 - beta2, epsilon, maxNorm };
}

/** The norm of the gradients, and Adam. */
export const updatePlans: Pick<Plans, "globalNorm" | "adam" | "adamDecoder" | "adamEncoder"> = {
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

  adam(operands, { M }, constants) {
    const args = { ...operands, ...adamArgs(constants) };
    return { phases: [phase("adam", args, { items: M, grain: ELEMENTS })], scratchBytes: 0 };
  },

  adamDecoder(operands, { N, d }, constants) {
    const args = { ...operands, d, ...adamArgs(constants) };
    return { phases: [phase("adamDecoder", args, { items: N, grain: ROWS })], scratchBytes: 0 };
  },

  adamEncoder(operands, { N, d, W }, constants) {
    const args = { ...operands, d, W, ...adamArgs(constants) };
    return { phases: [phase("adamEncoder", args, { items: N, grain: ROWS })], scratchBytes: 0 };
  },
};
