// Keeps the active latents of a block of rows and a chunk of latents of which a screen has left only candidates.
//
// Layout: see encode_parts.ts for the lists and screen.ts for the candidates. The block's room for pre-activations, which are not
// computed, holds the ends of the rows' candidates.
// Work: the thread of the part.
import { LIMITS_BYTES } from "./candidates";
import { Selection, Stored } from "./codes";
import { batchBits, endSegment, isFull, Part } from "./encode_parts";
import { Encoder, expandLatent, weightsOf } from "./encode_state";
import { makeRoom, trimBatch } from "./encode_trim";
import { computeCandidates, listCandidates, screenBlock, setRowThreshold } from "./screen";
import { compactListed, fourTimes } from "./selection";

/** Screens and encodes a block; returns false, having kept nothing, if it has too many candidates. */
export function encodeScreenedBlock(
  state: Encoder, part: Part, m0: usize, mCount: usize, n0: usize, nCount: usize, selection: i32,
): bool {
  setThresholds(state, part, m0, mCount, selection);
  if (screenBlock(state.screen, m0, mCount, nCount) < 0) return false;
  const screen = state.screen, ends = state.pre;
  let count: usize = 0;
  for (let m: usize = 0; m < mCount; m++) {
    const row = state.input + 4 * (m0 + m) * state.d;
    count = listCandidates(screen, count, m, row, weightsOf(state, n0), n0, nCount, state.bias + 4 * n0);
    store<u32>(ends + 4 * m, count);
  }
  part.computed += count;
  if (state.stored != Stored.f32) {
    for (let c: usize = 0; c < count; c++) expandLatent(state, n0, <usize>load<u32>(screen.indices + 4 * c) - n0);
  }
  computeCandidates(screen, count);
  for (let m: usize = 0, first: usize = 0; m < mCount; m++) {
    const end = <usize>load<u32>(ends + 4 * m);
    keepListed(state, part, m0 + m, n0, screen.values + 4 * first, screen.indices + 4 * first, end - first, selection);
    first = end;
  }
  return true;
}

/** Sets the thresholds that rise while the batch is encoded. */
function setThresholds(state: Encoder, part: Part, m0: usize, mCount: usize, selection: i32): void {
  if (selection == Selection.topk) {
    for (let m = m0; m < m0 + mCount; m++) setRowThreshold(state.screen, m, load<f32>(part.limits + LIMITS_BYTES * m));
  } else if (selection == Selection.batchtopk) {
    for (let m = m0; m < m0 + mCount; m++) setRowThreshold(state.screen, m, reinterpret<f32>(batchBits(part, m)));
  }
}

/** Keeps what the selection keeps of the candidates of row `b`. */
function keepListed(
  state: Encoder, part: Part, b: usize, n0: usize, values: usize, indices: usize, count: usize, selection: i32,
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
    if (selection == Selection.jumprelu) limits = state.chunkLimits - 4 * n0, step = 4;
    else fourTimes(limits, 0);
  }
  const toValues = part.values + 4 * part.length, toIndices = part.indices + 4 * part.length;
  endSegment(part, b, compactListed(toValues, toIndices, values, indices, count, limits, step));
}
