/**
 * Plans of the kernels that both algorithms use before and between encode and gradients.
 *
 * @module
 */
import { phase, type Plans, single } from "../launch.ts";

/** Columns per cache line: threads that write neighbouring columns share none. */
const COLUMNS = 16;

/** Rows that a thread takes at least. */
const ROWS = 16;

/** Elements that a thread takes at least. */
const ELEMENTS = 1024;

/** Inputs, sums over prefixes, biases, control, history, metrics. */
export const sharedPlans: Pick<
  Plans,
  | "expandFloat16"
  | "scaleInput"
  | "centre"
  | "totalVariance"
  | "rowNorms"
  | "prefixSums"
  | "sparsityController"
  | "decoderBiasGradient"
  | "centringGradient"
  | "latentHistory"
  | "gatherRows"
  | "addToEach"
  | "stepMetrics"
> = {
  expandFloat16(operands, { B, d }) {
    return {
      phases: [phase("expandFloat16", operands, { items: B * d, grain: ELEMENTS })],
      scratchBytes: 0,
    };
  },

  scaleInput({ raw, correction, running, scale, input }, { B, d }, { decay }, planner) {
    const norms = planner.temporary(4 * B), rows = { items: B, grain: ROWS };
    return {
      phases: [
        phase("rowNorms", { decoder: raw, norms, d }, rows),
        single("inputScale", { norms, correction, running, scale, B, d, decay }),
        phase("scaleInput", { raw, scale, input, d }, rows),
      ],
      scratchBytes: 0,
    };
  },

  centre(operands, { B, d }) {
    return {
      phases: [phase("centre", { ...operands, d }, { items: B, grain: ROWS })],
      scratchBytes: 0,
    };
  },

  totalVariance({ input, totalVariance }, { B, d }, _, planner) {
    const means = planner.temporary(4 * d), sums = planner.temporary(4 * d);
    return {
      phases: [
        phase("columnVariances", { input, means, sums, B, d }, { items: d, grain: COLUMNS }),
        single("totalVariance", { sums, totalVariance, B, d }),
      ],
      scratchBytes: planner.ask("varianceScratchBytes"),
    };
  },

  addToEach(operands, { P, B, d }, { scale }) {
    return {
      phases: [
        phase("addToEach", { ...operands, size: B * d, P, scale }, {
          items: B * d,
          grain: ELEMENTS,
        }),
      ],
      scratchBytes: 0,
    };
  },

  rowNorms(operands, { N, d }) {
    return {
      phases: [phase("rowNorms", { ...operands, d }, { items: N, grain: ROWS })],
      scratchBytes: 0,
    };
  },

  prefixSums(operands, { P }, { rows }) {
    return { phases: [single("prefixSums", { ...operands, P, rows })], scratchBytes: 0 };
  },

  sparsityController(operands, { P }, { targetL0 }) {
    return {
      phases: [single("sparsityController", { ...operands, P, targetL0 })],
      scratchBytes: 0,
    };
  },

  decoderBiasGradient(operands, { B, d }, _, planner) {
    return {
      phases: [phase("decoderBiasGradient", { ...operands, B, d }, { items: d, grain: COLUMNS })],
      scratchBytes: planner.ask("columnSumsScratchBytes"),
    };
  },

  centringGradient(operands, { N, d }, _, planner) {
    const args = { ...operands, sums: planner.temporary(4 * d), N, d };
    return {
      phases: [phase("centringGradient", args, { items: d, grain: COLUMNS })],
      scratchBytes: planner.ask("columnSumsScratchBytes"),
    };
  },

  latentHistory(operands, { N }, { rows, decay, increment, restart }) {
    const args = { ...operands, rows, decay, increment, restart };
    return {
      phases: [phase("latentHistory", args, { items: N, grain: ELEMENTS })],
      scratchBytes: 0,
    };
  },

  gatherRows(operands, { N, d }) {
    return {
      phases: [phase("gatherRows", { ...operands, d }, { items: N, grain: ROWS })],
      scratchBytes: 0,
    };
  },

  stepMetrics(operands, { P, C }) {
    return { phases: [single("stepMetrics", { ...operands, P, C })], scratchBytes: 0 };
  },
};
