// pre[b,i] = Σ_k x[b,k]·E[i,k] + bias[i]; active latents are kept as (latent, value), never as [B, N]
//
// Layout: x [B, d], E [N, d]; encode_parts.ts describes the parts of the latents and their lists.
// Work: threads take parts. Values are those of a `Product`, bit for bit, and the latents kept do not depend on the number of parts, nor
// on whether blocks are screened.
//
// The rows are packed once per thread, and each chunk of E once, when a block of it is first computed plainly: a chunk of E (128·d·4 bytes) stays in L2 while all rows pass. Lists are
// bounded. Batch top-k's and top-k's lists keep only their k best when they are full, and their threshold rises to the least of these; the
// others have as much room as the codes, and entries beyond it are counted but not stored.
import { LIMITS_BYTES } from "./candidates";
import { Selection } from "./codes";
import { encodeScreenedBlock, isRanking, seekThresholds } from "./encode_screened";
import { batchBits, endSegment, firstChunk, isFull, Part, partAt } from "./encode_parts";
import { computePre, Encoder, encoderIn, enterChunk, enterRows, screenRoom } from "./encode_state";
import { makeRoom, trimBatch } from "./encode_trim";
import { ROW_BLOCK } from "./product";
import { beginChunk, beginScreen, endChunk, hasQuickProducts, isScreened } from "./screen";
import { CHUNK, compact, compactNonzero, fourTimes } from "./selection";

/**
 * Encodes the latents of the parts from … to − 1. `kept` is K, k for top-k or k·B for batch top-k. `encoder` is stored as `stored`; int8
 * has a scale per latent. Where W > 0, blocks are screened first (screen.ts).
 */
export function encodeActive(
  from: usize, to: usize, scratch: usize,
  table: usize, parts: usize, lists: usize, capacity: usize, counts: usize, limits: usize,
  input: usize, encoder: usize, stored: i32, scale: usize, encoderBias: usize, threshold: usize,
  quantizedRows: usize, rowBounds: usize, quantizedLatents: usize, latentBounds: usize, W: usize,
  B: usize, d: usize, N: usize, selection: i32, kept: usize,
): void {
  const state = encoderIn(scratch, B, d, stored);
  state.input = input, state.encoder = encoder, state.scale = scale;
  state.bias = encoderBias, state.threshold = threshold, state.kept = kept;
  state.block.input = input, state.block.sums = state.pre;
  state.hasInput = false;
  const screen = state.screen;
  screen.W = W, screen.rows = quantizedRows, screen.rowBounds = rowBounds;
  screen.latents = quantizedLatents, screen.latentBounds = latentBounds;
  // The top-k selections need a second pass, which pays only with quick products.
  const screens = ASC_FEATURE_SIMD && W > 0 && (hasQuickProducts() || !isRanking(selection));
  if (ASC_FEATURE_SIMD && screens) beginScreen(screen, screenRoom(state), B, d);
  else screen.rows = 0;
  for (let p = from; p < to; p++) {
    const part = partAt(table, p);
    const first = firstChunk(p, parts, N), last = firstChunk(p + 1, parts, N);
    const entries = selection == Selection.topk ? B * capacity : capacity;
    part.values = lists + p * entries * 8;
    part.indices = part.values + 4 * entries;
    part.counts = counts + 4 * B * (selection == Selection.topk ? p : first);
    part.capacity = capacity;
    part.length = part.segments = 0;
    part.computed = 0;
    part.storedRows = B;
    part.bits = 0, part.bitsRow = 0;
    part.limits = limits + LIMITS_BYTES * p * B;
    if (selection == Selection.topk) {
      memory.fill(part.counts, 0, 4 * B);
      memory.fill(part.limits, 0, LIMITS_BYTES * B);
    }
    const end = min(last * CHUNK, N);
    if (ASC_FEATURE_SIMD && screens && isRanking(selection)) seekThresholds(state, part, first * CHUNK, end, selection);
    for (let n0 = first * CHUNK; n0 < end; n0 += CHUNK) encodeChunk(state, part, n0, min(CHUNK, end - n0), selection);
  }
}

function encodeChunk(state: Encoder, part: Part, n0: usize, columns: usize, selection: i32): void {
  const screen = state.screen, hasLimits = selection == Selection.jumprelu || selection == Selection.window;
  if (hasLimits) prepareChunkLimits(state, n0, columns, selection == Selection.window ? -Infinity : 0);
  enterChunk(state, n0, columns, hasLimits ? state.chunkLimits : 0);
  const attempt = isScreened(screen);
  let screened = attempt;
  if (ASC_FEATURE_SIMD && attempt) beginChunk(screen, state.block);
  for (let m0: usize = 0; m0 < state.rows; m0 += ROW_BLOCK) {
    enterRows(state, m0);
    if (ASC_FEATURE_SIMD && screened) {
      screened = encodeScreenedBlock(state, part, selection);
      if (screened) continue;
    }
    part.computed += state.block.rows * columns;
    computePre(state);
    keepBlock(state, part, selection);
  }
  if (attempt) endChunk(screen, screened);
}

/** Keeps what the selection keeps of the pre-activations of the block. */
export function keepBlock(state: Encoder, part: Part, selection: i32): void {
  if (selection == Selection.relu) keepPositive(state, part);
  else if (selection == Selection.identity) keepNonzero(state, part);
  else if (selection == Selection.jumprelu || selection == Selection.window) keepAboveLimits(state, part);
  else if (selection == Selection.topk) keepCandidates(state, part);
  else keepBatchCandidates(state, part);
}

/** Stores max(θ, floor) for the latents of a chunk. */
function prepareChunkLimits(state: Encoder, n0: usize, columns: usize, floor: f32): void {
  for (let n: usize = 0; n < columns; n++) {
    store<f32>(state.chunkLimits + 4 * n, max(load<f32>(state.threshold + 4 * (n0 + n)), floor));
  }
}

/** relu: keeps pre > 0. */
function keepPositive(state: Encoder, part: Part): void {
  const block = state.block;
  fourTimes(state.limits, 0);
  for (let m: usize = 0; m < block.rows; m++) {
    makeRoom(part, state.rows, state.kept, state.totals);
    const values = part.values + 4 * part.length, indices = part.indices + 4 * part.length;
    endSegment(part, block.m0 + m, compact(values, indices, state.pre + 4 * m * CHUNK, block.columns, block.n0, state.limits, 0));
  }
}

/** identity: keeps pre ≠ 0. */
function keepNonzero(state: Encoder, part: Part): void {
  const block = state.block;
  for (let m: usize = 0; m < block.rows; m++) {
    makeRoom(part, state.rows, state.kept, state.totals);
    const values = part.values + 4 * part.length, indices = part.indices + 4 * part.length;
    endSegment(part, block.m0 + m, compactNonzero(values, indices, state.pre + 4 * m * CHUNK, block.columns, block.n0));
  }
}

/** jumprelu: keeps pre > max(θ, 0); window: keeps pre > θ. */
function keepAboveLimits(state: Encoder, part: Part): void {
  const block = state.block;
  for (let m: usize = 0; m < block.rows; m++) {
    makeRoom(part, state.rows, state.kept, state.totals);
    const values = part.values + 4 * part.length, indices = part.indices + 4 * part.length;
    endSegment(part, block.m0 + m, compact(values, indices, state.pre + 4 * m * CHUNK, block.columns, block.n0, state.chunkLimits, 16));
  }
}

/** topk: keeps each row's candidates. */
function keepCandidates(state: Encoder, part: Part): void {
  const block = state.block;
  const list = state.candidates;
  list.capacity = part.capacity, list.k = state.kept;
  for (let m: usize = 0; m < block.rows; m++) {
    const at: usize = 4 * (block.m0 + m) * part.capacity, count = part.counts + 4 * (block.m0 + m);
    list.values = part.values + at, list.indices = part.indices + at;
    list.length = load<u32>(count), list.limits = part.limits + LIMITS_BYTES * (block.m0 + m);
    list.add(state.pre + 4 * m * CHUNK, block.columns, block.n0);
    store<u32>(count, list.length);
  }
}

/** batchtopk: keeps the part's candidates for the largest of the batch. */
function keepBatchCandidates(state: Encoder, part: Part): void {
  const block = state.block;
  for (let m: usize = 0; m < block.rows; m++) {
    if (isFull(part)) trimBatch(part, state.rows, state.kept, state.totals);
    fourTimes(state.limits, batchBits(part, block.m0 + m));
    const values = part.values + 4 * part.length, indices = part.indices + 4 * part.length;
    endSegment(part, block.m0 + m, compact(values, indices, state.pre + 4 * m * CHUNK, block.columns, block.n0, state.limits, 0));
  }
}
