/**
 * Plans of the kernels that only the dense algorithm uses.
 *
 * @module
 */
import { Selection } from "../generated/exports.ts";
import { phase, type Plans } from "../launch.ts";
import { slopeArgs, valueArgs } from "./penalty.ts";

/** Columns of [B, N] that a thread takes at least: whole cache lines and whole tiles. */
const COLUMNS = 64;

/** Rows that a thread takes at least: whole tiles of 4 and of 6 rows. */
const ROWS = 12;

/** The dense algorithm. */
export const densePlans: Pick<
  Plans,
  | "encode"
  | "latentSums"
  | "prefixResiduals"
  | "reverseSums"
  | "activationGradient"
  | "decoderGradient"
  | "encoderGradient"
> = {
  encode(operands, { B, d, N }, { activation }, planner) {
    const args = { ...operands, B, d, N, activation: Selection[activation] };
    return {
      phases: [phase("encode", args, { items: N, grain: COLUMNS })],
      scratchBytes: planner.ask("productScratchBytes"),
    };
  },

  latentSums(operands, { B, N }, constants, planner) {
    const args = { ...operands, B, N, ...valueArgs(operands, constants) };
    return {
      phases: [phase("latentSums", args, { items: N, grain: COLUMNS })],
      scratchBytes: planner.ask("latentSumsScratchBytes"),
    };
  },

  prefixResiduals({ squaredErrors, ...operands }, { B, d, N, P }, { scale }, planner) {
    const squares = planner.temporary(4 * P * B);
    const args = { ...operands, squares, B, d, N, P };
    return {
      phases: [
        phase("prefixResiduals", args, { items: B, grain: ROWS, piecesPerThread: 2 }),
        phase("prefixErrors", { squares, squaredErrors, B, scale }, { items: P, grain: 1 }),
      ],
      scratchBytes: planner.ask("productScratchBytes"),
    };
  },

  reverseSums(operands, { P, B, d }, { scale }) {
    const args = { ...operands, size: B * d, P, scale };
    return {
      phases: [phase("reverseSums", args, { items: B * d, grain: 1024 })],
      scratchBytes: 0,
    };
  },

  activationGradient(operands, { B, d, N, P }, constants, planner) {
    const identity = constants.identity ? 1 : 0;
    const args = { ...operands, B, d, N, P, ...slopeArgs(operands, constants), identity };
    return {
      phases: [phase("activationGradient", args, { items: N, grain: COLUMNS })],
      scratchBytes: planner.ask("productScratchBytes"),
    };
  },

  decoderGradient(operands, { B, d, N, P }, constants, planner) {
    const args = { ...operands, B, d, N, P, ...slopeArgs(operands, constants) };
    return {
      phases: [phase("decoderGradient", args, { items: N, grain: ROWS })],
      scratchBytes: planner.ask("decoderGradientScratchBytes"),
    };
  },

  encoderGradient(operands, { B, d, N }, _, planner) {
    return {
      phases: [phase("encoderGradient", { ...operands, B, d, N }, { items: N, grain: ROWS })],
      scratchBytes: planner.ask("encoderGradientScratchBytes"),
    };
  },
};
