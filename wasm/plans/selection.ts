/**
 * Plans of the kernels that select latents: top-k over dense activations, and the encode that keeps only
 * the active latents.
 *
 * @module
 */
import type { ScreenedTypes, SelectionConstants } from "../../kernels/encode_screened.ts";
import { Selection, Stored } from "../generated/exports.ts";
import { type Launch, type Phase, phase, type Planner, type Plans, single } from "../launch.ts";

/** Rows that a thread takes at least. */
const ROWS = 8;

/** Bytes of an entry of a list: a value and its latent. */
const ENTRY_BYTES = 8;

/** Bytes of four equal thresholds. */
const LIMITS_BYTES = 16;

/** An encode to be planned: pointers, sizes, and what is selected. */
interface Encode {
  /** Pointers of the results. `candidates` is 0 where nobody asks. */
  readonly results: Record<"rowOffsets" | "indices" | "values" | "overflow" | "candidates", number>;
  /** Pointers of what every encode reads. */
  readonly inputs: Record<"input" | "encoderBias" | "threshold", number>;
  readonly weights: { readonly encoder: number; readonly stored: number; readonly scale: number };
  /** Pointers of the quantised rows and latents, and the words of a row; all 0 where nothing is screened. */
  readonly screen: typeof UNSCREENED;
  readonly dims: Record<"B" | "d" | "N" | "K", number>;
  readonly constants: SelectionConstants;
}

const UNSCREENED = {
  quantizedRows: 0,
  rowBounds: 0,
  quantizedLatents: 0,
  latentBounds: 0,
  W: 0,
};

/** The most inputs for which sums of quantised weights are exact in float32. */
const MOST_SCREENED_INPUTS = 131_072;

/** How an encode divides the latents, and the record of each part. */
interface Parts {
  readonly table: number;
  readonly parts: number;
  /** Segments of the latents, each encoded at once. */
  readonly chunks: number;
}

function divideLatents(N: number, planner: Planner): Parts {
  const chunks = Math.ceil(N / planner.ask("encodeChunk"));
  const parts = Math.min(planner.threads, chunks);
  return { parts, chunks, table: planner.temporary(planner.ask("encodeTableBytes", { parts })) };
}

/** Plans an encode that keeps only active latents. */
function planEncode(encode: Encode, planner: Planner): Launch {
  const { dims: { d }, constants: { selection } } = encode;
  // An identity keeps what is not 0: there is nothing to screen.
  const screened = selection !== "identity" && d <= MOST_SCREENED_INPUTS;
  const given = screened ? encode : { ...encode, screen: UNSCREENED };
  return selection === "topk" ? planTopk(given, planner) : planLists(given, planner);
}

/** Returns the scratch of each thread while latents are encoded. */
function encodeScratchBytes({ dims: { B, d }, screen: { W }, weights }: Encode, planner: Planner) {
  return planner.ask("encodeActiveScratchBytes", { B, d, W, stored: weights.stored });
}

/** Encodes with a list of candidates for each row and part, and then selects in each row. */
function planTopk(encode: Encode, planner: Planner): Launch {
  const { results, inputs, weights, screen, dims: { B, d, N, K }, constants: { k } } = encode;
  const { rowOffsets, indices, values, overflow, candidates } = results;
  const { table, parts } = divideLatents(N, planner);
  const kept = Math.min(k, N);
  const room = planner.ask("encodeCandidateCapacity", { k: kept, N });
  const args = {
    ...{ table, parts, ...inputs, ...weights, ...screen, B, d, N, kept, capacity: room },
    selection: Selection.topk,
    lists: planner.temporary(ENTRY_BYTES * parts * B * room),
    counts: planner.temporary(4 * parts * B),
    limits: planner.temporary(LIMITS_BYTES * parts * B),
  };
  const offsets = { table, parts, rowOffsets, overflow, candidates, B, K, k: kept };
  const select = { table, parts, rowOffsets, indices, values, room, K, k: kept };
  return {
    phases: [
      phase("encodeActive", args, { items: parts, grain: 1 }),
      single("encodeSparseTopkOffsets", offsets),
      phase("encodeSparseTopkSelect", select, { items: B, grain: ROWS }),
    ],
    scratchBytes: Math.max(
      encodeScratchBytes(encode, planner),
      planner.ask("encodeSparseTopkSelectScratchBytes", { parts, room }),
    ),
  };
}

/** Encodes with one list for each part, and then stitches the lists together. */
function planLists(encode: Encode, planner: Planner): Launch {
  const { results, inputs, weights, screen, dims: { B, d, N, K } } = encode;
  const { rowOffsets, indices, values, overflow, candidates } = results;
  const { selection, k } = encode.constants;
  const { table, parts, chunks } = divideLatents(N, planner);
  const kept = selection === "batchtopk" ? Math.floor(Math.min(k, N) * B) : K;
  const capacity = planner.ask("encodeListCapacity", { kept, B, N });
  const lists = planner.temporary(ENTRY_BYTES * parts * capacity);
  const args = {
    ...{ table, parts, ...inputs, ...weights, ...screen, B, d, N, kept, capacity, lists },
    selection: Selection[selection],
    counts: planner.temporary(4 * chunks * B),
    limits: 0,
  };
  const cursors = planner.temporary(4 * parts * B);
  const phases: Phase[] = [phase("encodeActive", args, { items: parts, grain: 1 })];
  if (selection === "batchtopk") {
    const lengths = planner.temporary(4 * parts), listBytes = ENTRY_BYTES * capacity;
    phases.push(
      single("encodeSparseKeepBatch", { table, parts, lists, listBytes, lengths, B, kept }),
    );
  }
  const offsets = { table, parts, cursors, rowOffsets, overflow, candidates, B, N, K };
  const stitch = { table, cursors, indices, values, B, K };
  phases.push(
    single("encodeSparseOffsets", offsets),
    phase("encodeSparseStitch", stitch, { items: parts, grain: 1 }),
  );
  return { phases, scratchBytes: encodeScratchBytes(encode, planner) };
}

/** Selection, and the encode of the sparse algorithm. */
export const selectionPlans: Pick<
  Plans,
  "topk" | "batchTopk" | "encodeSparse" | "encodeScreened" | "encodeStored"
> = {
  topk({ activations }, { B, N }, { k }, planner) {
    const kept = Math.min(k, N);
    return {
      phases: [phase("topk", { activations, N, k: kept }, { items: B, grain: ROWS })],
      scratchBytes: planner.ask("topkScratchBytes", { k: kept, N }),
    };
  },

  batchTopk({ activations }, { B, N }, { k }, planner) {
    const kept = Math.floor(Math.min(k, N) * B), parts = Math.min(planner.threads, B);
    const rows = Math.ceil(B / parts);
    const listBytes = planner.ask("batchTopkListBytes", { kept, rows, N });
    const lists = planner.temporary(parts * listBytes);
    // `cut` holds the bits of the least value that is kept, and a position.
    const lengths = planner.temporary(4 * parts), cut = planner.temporary(8);
    const shared = { lists, listBytes, lengths, parts, kept };
    return {
      phases: [
        phase("batchTopkList", { activations, ...shared, B, N }, { items: parts, grain: 1 }),
        single("batchTopkCut", { ...shared, cut }),
        phase("batchTopkApply", { activations, N, cut }, { items: B, grain: ROWS }),
      ],
      scratchBytes: planner.ask("batchTopkListScratchBytes"),
    };
  },

  encodeSparse(operands, dims, constants, planner) {
    const { input, encoder, encoderBias, threshold, ...results } = operands;
    return planEncode({
      ...{ dims, constants, screen: UNSCREENED, results: { ...results, candidates: 0 } },
      ...{ inputs: { input, encoderBias, threshold }, weights: inFloat32(encoder) },
    }, planner);
  },

  encodeScreened({ encoder, ...operands }, dims, constants, planner) {
    const parts = screenedParts(operands, dims.W);
    return planEncode({ ...parts, dims, constants, weights: inFloat32(encoder) }, planner);
  },

  encodeStored({ stored, scale, ...operands }, dims, constants, planner) {
    const { type, screened = true } = constants;
    const parts = screenedParts(operands, dims.W);
    const screen = screened ? parts.screen : UNSCREENED;
    const weights = { encoder: stored, stored: Stored[type], scale };
    return planEncode({ ...parts, screen, dims, constants, weights }, planner);
  },
};

function inFloat32(encoder: number): Encode["weights"] {
  return { encoder, stored: Stored.f32, scale: 0 };
}

/** Sorts the operands of a screened encode. */
function screenedParts(
  operands: Readonly<Record<keyof ScreenedTypes, number>>,
  W: number,
): Pick<Encode, "results" | "inputs" | "screen"> {
  const { input, encoderBias, threshold, ...others } = operands;
  const { quantizedRows, rowBounds, quantizedLatents, latentBounds, ...results } = others;
  return {
    results,
    inputs: { input, encoderBias, threshold },
    screen: { quantizedRows, rowBounds, quantizedLatents, latentBounds, W },
  };
}
