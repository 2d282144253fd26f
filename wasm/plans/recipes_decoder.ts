/**
 * Plans of the kernels that constrain the decoder, and of those in which gradients meet.
 *
 * @module
 */
import { phase, type RecipePlans, single } from "../launch.ts";

/** Rows that a thread takes at least. */
const ROWS = 16;

/** Elements that a thread takes at least. */
const ELEMENTS = 1024;

/** Bytes of a partial sum, float64. */
const PARTIAL_BYTES = 8;

/** Constraints on the decoder, and gradients that meet. */
export const decoderConstraintPlans: Pick<
  RecipePlans,
  | "projectGradient"
  | "normalizeRows"
  | "addScaled"
  | "extendNorm"
  | "divideByVariance"
  | "foldDecoderNorms"
  | "unfoldGradients"
> = {
  projectGradient(operands, { N, d }, { epsilon, assumeUnit }) {
    const args = { ...operands, d, epsilon, assumeUnit: assumeUnit ? 1 : 0 };
    return { phases: [phase("projectGradient", args, { items: N, grain: ROWS })], scratchBytes: 0 };
  },

  normalizeRows(operands, { N, d }) {
    const args = { ...operands, d };
    return { phases: [phase("normalizeRows", args, { items: N, grain: ROWS })], scratchBytes: 0 };
  },

  addScaled(operands, { M }) {
    return {
      phases: [phase("addMultiple", operands, { items: M, grain: ELEMENTS })],
      scratchBytes: 0,
    };
  },

  extendNorm({ gradient, norm }, { M }, _, planner) {
    const chunks = Math.ceil(M / planner.ask("globalNormChunk"));
    const partials = planner.temporary(PARTIAL_BYTES * chunks);
    return {
      phases: [
        phase("globalNormPartials", { partials, gradient, count: M }, { items: chunks, grain: 4 }),
        single("extendNorm", { norm, partials, count: chunks }),
      ],
      scratchBytes: 0,
    };
  },

  divideByVariance(operands, { P }) {
    return { phases: [single("divideByVariance", { ...operands, P })], scratchBytes: 0 };
  },

  foldDecoderNorms(operands, { N, d }) {
    const args = { ...operands, d };
    return {
      phases: [phase("foldDecoderNorms", args, { items: N, grain: ROWS })],
      scratchBytes: 0,
    };
  },

  unfoldGradients(operands, { N, d }) {
    const args = { ...operands, d };
    return { phases: [phase("unfoldGradients", args, { items: N, grain: ROWS })], scratchBytes: 0 };
  },
};
