/**
 * Plans of the kernels that compute with sparse codes.
 *
 * @module
 */
import { phase, type Plans, single } from "../launch.ts";
import { slopeArgs, valueArgs } from "./penalty.ts";

/** Rows that a thread takes at least: a row's gathers read some tens of kilobytes. */
const ROWS = 8;

/** Rows, and room for codes in each, from which on a decode asks whether few latents have them all. */
const BLOCK_ROWS = 32;
const BLOCK_CODES = 32;

/** Latents that a thread takes at a time: few, because they have very uneven numbers of rows. */
const LATENTS = 16;

/** The sparse algorithm after its encode. */
export const sparsePlans: Pick<
  Plans,
  | "codesByLatent"
  | "sparseLatentSums"
  | "sparseReverseSums"
  | "sparseLatentGradients"
  | "sparseDecode"
> = {
  codesByLatent({ latentOffsets, ...operands }, { B, N, K }, _, planner) {
    const { rowOffsets, indices } = operands;
    const next = planner.temporary(4 * N);
    // Each piece bisects every row, so each thread takes one piece.
    const division = { items: N, grain: Math.ceil(N / planner.threads) };
    return {
      phases: [
        phase("codesByLatentCount", { rowOffsets, indices, next, B, K }, division),
        single("codesByLatentOffsets", { latentOffsets, next, N }),
        phase("codesByLatentCopy", { ...operands, next, B, K }, division),
      ],
      scratchBytes: 0,
    };
  },

  sparseLatentSums(operands, { N }, constants) {
    const args = { ...operands, rows: constants.rows, ...valueArgs(operands, constants) };
    return {
      phases: [phase("sparseLatentSums", args, { items: N, grain: 256 })],
      scratchBytes: 0,
    };
  },

  sparseReverseSums({ squaredErrors, ...operands }, { B, d, P }, constants, planner) {
    const { errorScale, gradientScale } = constants;
    const partials = planner.temporary(8 * B * P);
    const args = { ...operands, partials, B, d, P, gradientScale };
    return {
      phases: [
        phase("sparseReverseSums", args, { items: B, grain: ROWS }),
        single("sparseReverseSumsErrors", { partials, squaredErrors, B, P, errorScale }),
      ],
      scratchBytes: planner.ask("sparseReverseSumsScratchBytes", { d, P }),
    };
  },

  sparseLatentGradients(operands, { B, d, N, P }, constants, planner) {
    const args = { ...operands, B, d, P, ...slopeArgs(operands, constants) };
    return {
      phases: [phase("sparseLatentGradients", args, { items: N, grain: LATENTS })],
      scratchBytes: planner.ask("sparseLatentGradientsScratchBytes"),
    };
  },

  sparseDecode(operands, { B, d, N, K }, { prefix }, planner) {
    if (B >= BLOCK_ROWS && K >= BLOCK_CODES * B) {
      const { rowOffsets, indices } = operands;
      const ranks = planner.temporary(4 * N), named = planner.temporary(4 * (N + 1));
      const args = { ...operands, ranks, named, d, prefix };
      // Each piece packs the decoder anew.
      const division = { items: B, grain: ROWS, piecesPerThread: 2 };
      return {
        phases: [
          single("rankLatents", { rowOffsets, indices, ranks, named, B, N, prefix }),
          phase("sparseDecodeBlocks", args, division),
        ],
        scratchBytes: planner.ask("sparseDecodeBlocksScratchBytes", { B, d }),
      };
    }
    return {
      phases: [phase("sparseDecode", { ...operands, d, prefix }, { items: B, grain: ROWS })],
      scratchBytes: planner.ask("sparseDecodeScratchBytes"),
    };
  },
};
