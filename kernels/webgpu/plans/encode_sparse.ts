import type { encodeSparse as kernel } from "../../encode_sparse.ts";
import { keepLargestOfBatch } from "./batch_topk.ts";
import { encodeActive, encodeRows } from "./encode.ts";
import { groupsOf, type Plan, type Planner } from "../launch.ts";
import { keepLargestOfRows } from "./topk.ts";

/**
 * Most bytes of activations at a time, so that [B, N] is never held. At 32 MiB a large GPU has hardly
 * more tiles than places for them, and waits for the last ones sixteen times per step.
 */
const PART_BYTES = 128 * 2 ** 20;
/** Rows of the largest tile: fewer would leave it half empty. */
const TILE_ROWS = 128;

/** Rows that are encoded at a time. */
function rowsAtATime(B: number, N: number, { maxBindingBytes }: Planner): number {
  const tiles = Math.floor(Math.min(PART_BYTES, maxBindingBytes) / (4 * N * TILE_ROWS));
  const parts = Math.ceil(B / (TILE_ROWS * Math.max(tiles, 1)));
  return Math.min(B, TILE_ROWS * Math.ceil(B / (parts * TILE_ROWS)));
}

/**
 * The encode keeps only what is active, in any order, with a bit for each; the bits then tell each entry its
 * place. Integer atomics only, and the order does not depend on them. Top-k, which has to see all
 * of a row or of the batch first, goes by way of the dense activations, as do sizes that no binding takes.
 */
export const encodeSparse: Plan<typeof kernel> = (operands, dims, constants, planner) => {
  const { B, N, K } = dims;
  const { selection } = constants;
  const fits = 4 * Math.max(B * Math.ceil(N / 32), 2 * K) <= planner.maxBindingBytes;
  if (selection === "topk" || selection === "batchtopk" || !fits || B * N >= 2 ** 32) {
    return byParts(operands, dims, constants, planner);
  }
  const { rowOffsets, indices, values, overflow, ...encoded } = operands;
  const words = Math.ceil(N / 32);
  const masks = planner.scratch(B * words);
  const wordOffsets = planner.scratch(B * words);
  const entries = planner.scratch(2 * K);
  const taken = planner.scratch(1);
  planner.dispatch({
    shader: "clear",
    sizes: { count: 1 },
    buffers: { words: taken },
    groups: 1,
  });
  encodeActive(planner, { ...encoded, masks, entries, taken }, dims, selection);
  planner.dispatch({
    shader: "count_entries",
    sizes: { rows: B, words },
    buffers: { masks, wordOffsets, rowOffsets },
    groups: B,
  });
  planner.dispatch({
    shader: "scan",
    sizes: { first: 0, count: B },
    buffers: { offsets: rowOffsets },
    groups: 1,
  });
  planner.dispatch({
    shader: "place_entries",
    sizes: { K, N, words },
    buffers: { entries, taken, masks, wordOffsets, rowOffsets, indices, values, overflow },
    groups: groupsOf(K),
  });
};

/**
 * Part of the batch by part: encodes it densely, selects, counts the active latents of each row, and
 * writes them from where the part before ended. No atomics, so the order is right from the start.
 * The parts share their memory, but for batch top-k, which has to see the whole batch.
 */
const byParts: Plan<typeof kernel> = (operands, dims, { selection, k }, planner) => {
  const { B, d, N, K } = dims;
  const { rowOffsets, indices, values, overflow, ...encoded } = operands;
  const activation = selection === "identity" || selection === "jumprelu" ? selection : "relu";
  const atATime = rowsAtATime(B, N, planner);
  const starts = Array.from({ length: Math.ceil(B / atATime) }, (_, n) => n * atATime);
  const shared = selection === "batchtopk" ? undefined : planner.scratch(atATime * N);
  const parts = starts.map((from) => {
    const to = Math.min(from + atATime, B);
    return { from, to, values: shared ?? planner.scratch((to - from) * N) };
  });
  const encodePart = ({ from, to, values: activations }: typeof parts[number]) =>
    encodeRows(planner, { ...encoded, activations }, { d, N }, { from, to }, activation);
  if (selection === "batchtopk") {
    parts.forEach(encodePart);
    keepLargestOfBatch(planner, parts, N, k * B);
  }
  for (const part of parts) {
    const { from, to, values: activations } = part;
    const rows = to - from;
    if (selection !== "batchtopk") encodePart(part);
    if (selection === "topk") keepLargestOfRows(planner, activations, [rows, N], k);
    planner.dispatch({
      shader: "count_active",
      sizes: { rows, N, firstRow: from },
      buffers: { activations, rowOffsets },
      groups: rows,
    });
    planner.dispatch({
      shader: "scan",
      sizes: { first: from, count: rows },
      buffers: { offsets: rowOffsets },
      groups: 1,
    });
    planner.dispatch({
      shader: "compact_rows",
      sizes: { rows, N, firstRow: from, B, K },
      buffers: { activations, rowOffsets, indices, values, overflow },
      groups: rows,
    });
  }
};
