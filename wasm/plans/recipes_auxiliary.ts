/**
 * Plans of the kernels that revive dead latents, and of those that read activations for it and for inference.
 *
 * @module
 */
import { phase, type RecipePlans, single } from "../launch.ts";

/** Rows that a thread takes at least. */
const ROWS = 16;

/** Latents that a thread takes at least. */
const LATENTS = 16;

/** Elements that a thread takes at least. */
const ELEMENTS = 1024;

/** Bytes of a partial sum, float64. */
const PARTIAL_BYTES = 8;

const CONDITIONS = { dead: 0, active: 1, always: 2 } as const;
const STARTS = { corrected: 0, first: 1, zero: 2 } as const;

/** Dead latents, their auxiliary loss, and readings of activations. */
export const auxiliaryPlans: Pick<
  RecipePlans,
  | "listDead"
  | "encodeDead"
  | "levelResidual"
  | "auxiliaryGradient"
  | "addLatentGradients"
  | "smallestActivations"
  | "sparseSmallestActivations"
  | "runningThreshold"
  | "firedRows"
  | "sparseFiredRows"
> = {
  listDead(operands, { N }, { after, level }) {
    return { phases: [single("listDead", { ...operands, N, after, level })], scratchBytes: 0 };
  },

  encodeDead(operands, { B, d, N }, constants, planner) {
    const { rowOffsets, indices, values } = operands;
    const { k } = constants;
    const args = { ...operands, N, d, k, rectified: constants.rectified ? 1 : 0 };
    // Each piece packs the dead latents anew.
    const division = { items: B, grain: ROWS, piecesPerThread: 2 };
    return {
      phases: [
        phase("encodeDead", args, division),
        single("encodeDeadPack", { rowOffsets, indices, values, B, k }),
      ],
      scratchBytes: planner.ask("encodeDeadScratchBytes", { B, N, d }),
    };
  },

  levelResidual(operands, { P, B, d }, { level, scale }) {
    const args = { ...operands, size: B * d, P, level, scale };
    return {
      phases: [phase("levelResidual", args, { items: B * d, grain: ELEMENTS })],
      scratchBytes: 0,
    };
  },

  auxiliaryGradient({ terms, ...operands }, { B, d }, constants, planner) {
    const { scale, full, when, term, first } = constants;
    const normalized = constants.normalized ? 1 : 0;
    const squares = planner.temporary(PARTIAL_BYTES * B);
    const factor = { B, scale, normalized, full, condition: CONDITIONS[when] };
    const { reconstruction, residual, ...known } = operands;
    return {
      phases: [
        phase(
          "auxiliaryGradient",
          { ...known, reconstruction, residual, squares, d, ...factor },
          { items: B, grain: ROWS },
        ),
        single("auxiliaryTerm", {
          ...known,
          squares,
          terms,
          ...factor,
          term,
          first: first ? 1 : 0,
        }),
      ],
      scratchBytes: 0,
    };
  },

  addLatentGradients(operands, { B, d, N }, constants, planner) {
    const args = { ...operands, B, d, N, encoder: constants.encoder ? 1 : 0 };
    // Each piece packs the batch anew, and all have as many codes.
    const division = { items: N, grain: LATENTS, piecesPerThread: 2 };
    return {
      phases: [phase("addLatentGradients", args, division)],
      scratchBytes: planner.ask("addLatentGradientsScratchBytes", { B, d, N }),
    };
  },

  smallestActivations(operands, { B, N }) {
    const args = { ...operands, N };
    return {
      phases: [phase("smallestActivations", args, { items: B, grain: ROWS })],
      scratchBytes: 0,
    };
  },

  sparseSmallestActivations(operands, { B }) {
    return {
      phases: [phase("sparseSmallestActivations", operands, { items: B, grain: ROWS })],
      scratchBytes: 0,
    };
  },

  runningThreshold(operands, { B }, { smallestOf, start }) {
    const args = { ...operands, B, mean: smallestOf === "rows" ? 1 : 0, start: STARTS[start] };
    return { phases: [single("runningThreshold", args)], scratchBytes: 0 };
  },

  firedRows(operands, { B, N }, { above }) {
    const args = { ...operands, B, N, above };
    return { phases: [phase("firedRows", args, { items: N, grain: 256 })], scratchBytes: 0 };
  },

  sparseFiredRows(operands, { N }, { above }) {
    const args = { ...operands, above };
    return { phases: [phase("sparseFiredRows", args, { items: N, grain: 256 })], scratchBytes: 0 };
  },
};
