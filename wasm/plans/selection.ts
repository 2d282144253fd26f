/**
 * Plans of the kernels that select latents: top-k over dense activations, and the encode that keeps only
 * the active latents.
 *
 * @module
 */
import { Selection } from "../generated/exports.ts";
import { type Launch, type Phase, phase, type Planner, type Plans, single } from "../launch.ts";

/** Rows that a thread takes at least. */
const ROWS = 8;

/** Bytes of an entry of a list: a value and its latent. */
const ENTRY_BYTES = 8;

/** Bytes of four equal thresholds. */
const LIMITS_BYTES = 16;

type EncodeArgs = Parameters<Plans["encodeSparse"]>;

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

/** Encodes with a list of candidates for each row and part, and then selects in each row. */
function encodeTopk(...[operands, dims, { k }, planner]: EncodeArgs): Launch {
  const { rowOffsets, indices, values, overflow, ...inputs } = operands;
  const { B, d, N, K } = dims;
  const { table, parts } = divideLatents(N, planner);
  const kept = Math.min(k, N);
  const candidates = planner.ask("encodeCandidateCapacity", { k: kept, N });
  const encode = {
    ...{ table, parts, ...inputs, B, d, N, kept, selection: Selection.topk, capacity: candidates },
    lists: planner.temporary(ENTRY_BYTES * parts * B * candidates),
    counts: planner.temporary(4 * parts * B),
    limits: planner.temporary(LIMITS_BYTES * parts * B),
  };
  const select = { table, parts, rowOffsets, indices, values, candidates, K, k: kept };
  return {
    phases: [
      phase("encodeActive", encode, { items: parts, grain: 1 }),
      single("encodeSparseTopkOffsets", { table, parts, rowOffsets, overflow, B, K, k: kept }),
      phase("encodeSparseTopkSelect", select, { items: B, grain: ROWS }),
    ],
    scratchBytes: Math.max(
      planner.ask("encodeActiveScratchBytes", { B, d }),
      planner.ask("encodeSparseTopkSelectScratchBytes", { parts, candidates }),
    ),
  };
}

/** Encodes with one list for each part, and then stitches the lists together. */
function encodeLists(...[operands, dims, { selection, k }, planner]: EncodeArgs): Launch {
  const { rowOffsets, indices, values, overflow, ...inputs } = operands;
  const { B, d, N, K } = dims;
  const { table, parts, chunks } = divideLatents(N, planner);
  const kept = selection === "batchtopk" ? Math.min(k, N) * B : K;
  const capacity = planner.ask("encodeListCapacity", { kept, B, N });
  const lists = planner.temporary(ENTRY_BYTES * parts * capacity);
  const encode = {
    ...{ table, parts, ...inputs, B, d, N, kept, selection: Selection[selection], capacity, lists },
    counts: planner.temporary(4 * chunks * B),
    limits: 0,
  };
  const cursors = planner.temporary(4 * parts * B);
  const phases: Phase[] = [phase("encodeActive", encode, { items: parts, grain: 1 })];
  if (selection === "batchtopk") {
    const lengths = planner.temporary(4 * parts), listBytes = ENTRY_BYTES * capacity;
    const args = { table, parts, lists, listBytes, lengths, B, kept };
    phases.push(single("encodeSparseKeepBatch", args));
  }
  const offsets = { table, parts, cursors, rowOffsets, overflow, B, N, K };
  const stitch = { table, cursors, indices, values, B, K };
  phases.push(
    single("encodeSparseOffsets", offsets),
    phase("encodeSparseStitch", stitch, { items: parts, grain: 1 }),
  );
  return { phases, scratchBytes: planner.ask("encodeActiveScratchBytes", { B, d }) };
}

/** Selection, and the encode of the sparse algorithm. */
export const selectionPlans: Pick<Plans, "topk" | "batchTopk" | "encodeSparse"> = {
  topk({ activations }, { B, N }, { k }, planner) {
    const kept = Math.min(k, N);
    return {
      phases: [phase("topk", { activations, N, k: kept }, { items: B, grain: ROWS })],
      scratchBytes: planner.ask("topkScratchBytes", { k: kept, N }),
    };
  },

  batchTopk({ activations }, { B, N }, { k }, planner) {
    const kept = Math.min(k, N) * B, parts = Math.min(planner.threads, B);
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

  encodeSparse(...args) {
    return args[2].selection === "topk" ? encodeTopk(...args) : encodeLists(...args);
  },
};
