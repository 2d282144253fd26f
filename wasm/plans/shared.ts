/**
 * Plans of the kernels that both paths use.
 *
 * @module
 */
import type { Plans } from "../launch.ts";

/** Columns per cache line: threads that write neighbouring columns share none. */
const COLUMNS = 16;

/** Inputs, sums over prefixes, biases, control, history. */
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
  | "stepMetrics"
> = {
  expandFloat16({ packed, values }, { B, d }) {
    const args = [packed, values];
    return { phases: [{ run: "expandFloat16", items: B * d, grain: 1024, args }], scratchBytes: 0 };
  },

  scaleInput({ raw, correction, running, scale, input }, { B, d }, { decay }, planner) {
    const norms = planner.temporary(4 * B);
    return {
      phases: [
        { run: "rowNorms", items: B, grain: 16, args: [raw, norms, d] },
        {
          run: "inputScale",
          items: 1,
          grain: 1,
          args: [norms, correction, running, scale, B, d, decay],
        },
        { run: "scaleInput", items: B, grain: 16, args: [raw, scale, input, d] },
      ],
      scratchBytes: 0,
    };
  },

  centre({ input, decoderBias, centred }, { B, d }) {
    const args = [input, decoderBias, centred, d];
    return { phases: [{ run: "centre", items: B, grain: 16, args }], scratchBytes: 0 };
  },

  totalVariance({ input, totalVariance }, { B, d }, _, planner) {
    const means = planner.temporary(4 * d), sums = planner.temporary(4 * d);
    return {
      phases: [
        { run: "columnVariances", items: d, grain: COLUMNS, args: [input, means, sums, B, d] },
        { run: "totalVariance", items: 1, grain: 1, args: [sums, totalVariance, B, d] },
      ],
      scratchBytes: planner.ask("varianceScratchBytes"),
    };
  },

  rowNorms({ decoder, norms }, { N, d }) {
    const args = [decoder, norms, d];
    return { phases: [{ run: "rowNorms", items: N, grain: 16, args }], scratchBytes: 0 };
  },

  prefixSums({ penalties, counts, bounds, sparsity, l0 }, { P }, { rows }) {
    const args = [penalties, counts, bounds, sparsity, l0, P, rows];
    return { phases: [{ run: "prefixSums", items: 1, grain: 1, args }], scratchBytes: 0 };
  },

  sparsityController({ l0, controls, baseCoefficient, coefficient }, { P }, { targetL0 }) {
    const args = [l0, controls, baseCoefficient, coefficient, P, targetL0];
    return { phases: [{ run: "sparsityController", items: 1, grain: 1, args }], scratchBytes: 0 };
  },

  decoderBiasGradient({ reverseSums, decoderBiasGradient }, { B, d }, _, planner) {
    const args = [reverseSums, decoderBiasGradient, B, d];
    return {
      phases: [{ run: "decoderBiasGradient", items: d, grain: COLUMNS, args }],
      scratchBytes: planner.ask("columnSumsScratchBytes"),
    };
  },

  centringGradient(
    { encoderBiasGradient, encoder, decoderBiasGradient },
    { N, d },
    _,
    planner,
  ) {
    const sums = planner.temporary(4 * d);
    const args = [encoderBiasGradient, encoder, decoderBiasGradient, sums, N, d];
    return {
      phases: [{ run: "centringGradient", items: d, grain: COLUMNS, args }],
      scratchBytes: planner.ask("columnSumsScratchBytes"),
    };
  },

  latentHistory({ counts, squares, silentSteps, importance }, { N }, { rows, decay }) {
    const args = [counts, squares, silentSteps, importance, rows, decay];
    return { phases: [{ run: "latentHistory", items: N, grain: 1024, args }], scratchBytes: 0 };
  },

  gatherRows({ source, order, target }, { N, d }) {
    const args = [source, order, target, d];
    return { phases: [{ run: "gatherRows", items: N, grain: 16, args }], scratchBytes: 0 };
  },

  stepMetrics(
    { squaredErrors, sparsity, l0, weights, coefficient, totalVariance, norm, slot, ring },
    { P, C },
  ) {
    const args = [
      ...[squaredErrors, sparsity, l0, weights, coefficient, totalVariance, norm, slot, ring],
      ...[P, C],
    ];
    return { phases: [{ run: "stepMetrics", items: 1, grain: 1, args }], scratchBytes: 0 };
  },
};
