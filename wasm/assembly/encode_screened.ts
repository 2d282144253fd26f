// Keeps the active latents of a block of rows and a chunk of latents of which a screen has left only candidates.
//
// Layout: see encode_parts.ts for the lists and screen.ts for the candidates.
// Work: the thread of the part.
import { LIMITS_BYTES } from "./candidates";
import { Selection, Stored } from "./codes";
import { keepBlock } from "./encode_active";
import { batchBits, endSegment, isFull, Part } from "./encode_parts";
import { Encoder, enterChunk, enterRows, expandLatent } from "./encode_state";
import { makeRoom, trimBatch } from "./encode_trim";
import { exactDots } from "./exact_dots";
import { ROW_BLOCK } from "./product";
import { beginChunk, setRowThreshold } from "./screen";
import { boundFromBelow, listCandidates } from "./screen_block";
import { CHUNK, compactListed, fourTimes, threshold } from "./selection";

/** Screens and encodes a block, which `state.block` describes; returns false, having kept nothing, if it has too many candidates. */
export function encodeScreenedBlock(state: Encoder, part: Part, selection: i32): bool {
  const screen = state.screen, block = state.block;
  setThresholds(state, part, selection);
  const listed = listCandidates(screen, block);
  if (listed < 0) return false;
  const count = <usize>listed;
  part.computed += count;
  if (state.stored != Stored.f32) {
    for (let c: usize = 0; c < count; c++) expandLatent(state, block.n0, <usize>load<u32>(screen.indices + 4 * c) - block.n0);
  }
  exactDots(screen.values, screen.pairs, count, screen.d);
  const isTopk = selection == Selection.topk;
  for (let m: usize = 0, first: usize = 0; m < block.rows; m++) {
    const end = <usize>load<u32>(screen.ends + 4 * m);
    if (end == first) {
      if (!isTopk) endSegment(part, block.m0 + m, 0);
      continue;
    }
    keepListed(state, part, block.m0 + m, screen.values + 4 * first, screen.indices + 4 * first, end - first, selection);
    first = end;
  }
  return true;
}

/** Sets the thresholds that rise while the batch is encoded. */
function setThresholds(state: Encoder, part: Part, selection: i32): void {
  const screen = state.screen, first = state.block.m0, end = first + state.block.rows;
  if (selection == Selection.topk) {
    for (let m = first; m < end; m++) setRowThreshold(screen, m, load<f32>(part.limits + LIMITS_BYTES * m));
  } else if (selection == Selection.batchtopk) {
    for (let m = first; m < end; m++) setRowThreshold(screen, m, reinterpret<f32>(batchBits(part, m)));
  }
}

/** Keeps what the selection keeps of the candidates of row `b`. */
function keepListed(
  state: Encoder, part: Part, b: usize, values: usize, indices: usize, count: usize, selection: i32,
): void {
  if (selection == Selection.topk) {
    const list = state.candidates, at: usize = 4 * b * part.capacity, length = part.counts + 4 * b;
    list.capacity = part.capacity, list.k = state.kept;
    list.values = part.values + at, list.indices = part.indices + at;
    list.length = load<u32>(length), list.limits = part.limits + LIMITS_BYTES * b;
    list.addListed(values, indices, count);
    store<u32>(length, list.length);
    return;
  }
  let limits = state.limits, step: usize = 0;
  if (selection == Selection.batchtopk) {
    if (isFull(part)) trimBatch(part, state.rows, state.kept, state.totals);
    fourTimes(limits, batchBits(part, b));
  } else {
    makeRoom(part, state.rows, state.kept, state.totals);
    if (selection == Selection.jumprelu || selection == Selection.window) limits = state.chunkLimits - 4 * state.block.n0, step = 4;
    else fourTimes(limits, 0);
  }
  const toValues = part.values + 4 * part.length, toIndices = part.indices + 4 * part.length;
  endSegment(part, b, compactListed(toValues, toIndices, values, indices, count, limits, step));
}

/** Whether the selection compares latents with each other. */
// @ts-ignore: decorator
@inline
export function isRanking(selection: i32): bool {
  return selection == Selection.topk || selection == Selection.batchtopk;
}

/**
 * Finds thresholds that no selected value is below, so that the first chunks can be screened, too: the k-th largest bound from below of a
 * quarter of the latents, or of as many as hold k sixteen times. The part's lists serve, and are empty afterwards.
 */
export function seekThresholds(state: Encoder, part: Part, from: usize, to: usize, selection: i32): void {
  const screen = state.screen, kept = state.kept;
  const k = selection == Selection.topk ? kept : (kept + state.rows - 1) / state.rows;
  const latents = max((to - from) / 4, 16 * k);
  if (latents > to - from) return;
  for (let n0 = from; n0 < from + latents; n0 += CHUNK) {
    enterChunk(state, n0, min(CHUNK, to - n0), 0);
    beginChunk(screen, state.block);
    for (let m0: usize = 0; m0 < state.rows; m0 += ROW_BLOCK) {
      enterRows(state, m0);
      boundFromBelow(screen, state.block);
      keepBlock(state, part, selection);
    }
  }
  // A latent whose value equals the bound may be selected: the threshold lies just below it.
  if (selection == Selection.batchtopk) {
    if (part.length >= kept) part.bits = threshold(part.values, part.length, kept), part.bitsRow = state.rows;
    part.length = part.segments = 0;
    return;
  }
  for (let m: usize = 0; m < state.rows; m++) {
    const count = part.counts + 4 * m, length = <usize>load<u32>(count), limits = part.limits + LIMITS_BYTES * m;
    if (length >= k) fourTimes(limits, max(threshold(part.values + 4 * m * part.capacity, length, k) - 1, 0));
    store<u32>(count, 0);
  }
}
