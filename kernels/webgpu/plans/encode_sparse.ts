import type { SelectionConstants } from "../../encode_screened.ts";
import type { encodeSparse as kernel, SparseSelection } from "../../encode_sparse.ts";
import type { Tensor } from "../../kernel.ts";
import { keepLargestOfBatch } from "./batch_topk.ts";
import { type ActiveLatents, encodeActive, encodeRows } from "./encode.ts";
import { groupsOf, type Plan, type Planner, type Scratch } from "../launch.ts";
import { keepLargestOfRows } from "./topk.ts";

/**
 * Most bytes of dense activations in memory, so that [B, N] never is. With 32 MiB a large GPU has hardly more
 * tiles at a time than it can run at once, and is idle at the end of each of sixteen parts of a step.
 */
const PART_BYTES = 128 * 2 ** 20;
/** Rows of the largest tile: fewer would leave it partly empty. */
const TILE_ROWS = 128;

/** Returns how many rows are encoded at a time. */
export function rowsAtATime(B: number, N: number, { maxBindingBytes }: Planner): number {
  const tiles = Math.floor(Math.min(PART_BYTES, maxBindingBytes) / (4 * N * TILE_ROWS));
  const parts = Math.ceil(B / (TILE_ROWS * Math.max(tiles, 1)));
  return Math.min(B, TILE_ROWS * Math.ceil(B / (parts * TILE_ROWS)));
}

type Sizes = Readonly<Record<"B" | "d" | "N" | "K", number>>;

/** Whether the active latents are encoded without dense activations: not where there is a top-k or no binding fits. */
export function encodesActive<S extends SparseSelection>(
  { maxBindingBytes }: Planner,
  selection: S,
  { B, N, K }: Sizes,
): selection is Exclude<S, "topk" | "batchtopk"> {
  const fits = 4 * Math.max(B * Math.ceil(N / 32), 2 * K) <= maxBindingBytes;
  return selection !== "topk" && selection !== "batchtopk" && fits && B * N < 2 ** 32;
}

/** Reserves memory for active latents in any order, and sets their number to 0. */
export function roomForActive(planner: Planner, { B, N, K }: Sizes): ActiveLatents {
  const masks = planner.scratch(B * Math.ceil(N / 32));
  const entries = planner.scratch(2 * K);
  const taken = planner.scratch(1);
  planner.dispatch({
    shader: "clear",
    sizes: { count: 1 },
    buffers: { words: taken },
    groups: 1,
  });
  return { masks, entries, taken };
}

/** Gives each active latent its place among the codes. */
export function placeActive(
  planner: Planner,
  { masks, entries, taken }: ActiveLatents,
  codes: Readonly<Record<"rowOffsets" | "indices" | "values" | "overflow", Tensor>>,
  { B, N, K }: Sizes,
  selection: SparseSelection,
): void {
  const words = Math.ceil(N / 32);
  const { rowOffsets } = codes;
  const wordOffsets = planner.scratch(B * words);
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
    options: { KEEPS_ZERO: selection === "window" },
    sizes: { K, N, words },
    buffers: { entries, taken, masks, wordOffsets, ...codes },
    groups: groupsOf(K),
  });
}

/**
 * Encodes the active latents in any order, and a bit for each; the bits then give each entry its place. Atomics
 * are on integers only, and the final order does not depend on them. Top-k has to see a whole row or batch
 * first, so it uses dense activations, as do sizes that fit in no binding.
 */
export const encodeSparse: Plan<typeof kernel> = (operands, dims, constants, planner) => {
  const { selection } = constants;
  if (!encodesActive(planner, selection, dims)) {
    return encodeByParts(operands, dims, constants, planner);
  }
  const { rowOffsets, indices, values, overflow, ...encoded } = operands;
  const room = roomForActive(planner, dims);
  encodeActive(planner, { ...encoded, ...room }, dims, selection);
  placeActive(planner, room, { rowOffsets, indices, values, overflow }, dims, selection);
};

/**
 * Takes one part of the batch after another: encodes it densely, selects, counts the active latents of each
 * row, and writes them after those of the part before. Without atomics, the order is right from the start. The
 * parts share their memory, which may be given, except for batch top-k, which has to see the whole batch.
 */
export function encodeByParts(
  operands: Parameters<Plan<typeof kernel>>[0],
  dims: Sizes,
  { selection, k }: SelectionConstants,
  planner: Planner,
  memory?: Scratch,
): void {
  const { B, d, N, K } = dims;
  const { rowOffsets, indices, values, overflow, ...encoded } = operands;
  const activation = selection === "topk" || selection === "batchtopk" ? "relu" : selection;
  const atATime = rowsAtATime(B, N, planner);
  const starts = Array.from({ length: Math.ceil(B / atATime) }, (_, n) => n * atATime);
  const shared = memory ??
    (selection === "batchtopk" ? undefined : planner.scratch(atATime * N));
  const parts = starts.map((from) => {
    const to = Math.min(from + atATime, B);
    return { from, to, values: shared ?? planner.scratch((to - from) * N) };
  });
  const encodePart = ({ from, to, values: activations }: typeof parts[number]) =>
    encodeRows(planner, { ...encoded, activations }, { d, N }, { from, to }, activation);
  if (selection === "batchtopk") {
    parts.forEach(encodePart);
    keepLargestOfBatch(planner, parts, N, k);
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
      options: { KEEPS_ZERO: selection === "window" },
      sizes: { rows, N, firstRow: from, B, K },
      buffers: { activations, rowOffsets, indices, values, overflow },
      groups: rows,
    });
  }
}
