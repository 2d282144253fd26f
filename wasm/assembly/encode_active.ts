// pre[b,i] = Σ_k x[b,k]·E[i,k] + bias[i]; active latents are kept as (latent, value), never as [B, N]
//
// Layout: x [B, d], E [N, d]; encode_parts.ts describes the parts of the latents and their lists.
// Work: threads take parts. Values are those of a `Product`, bit for bit, and the latents kept do not depend on the number of parts.
//
// The rows are packed once per part and E once, chunk by chunk: a chunk of E (128·d·4 bytes) stays in L2 while all rows pass. Lists are
// bounded. Batch top-k's and top-k's lists keep only their k best when they are full, and their threshold rises to the least of these; the
// others have as much room as the codes, and entries beyond it are counted but not stored.
import { Candidates, CANDIDATES_BYTES, LIMITS_BYTES } from "./candidates";
import { Selection } from "./codes";
import { firstChunk, Part, partAt } from "./encode_parts";
import { trimBatch, trimRows } from "./encode_trim";
import { MR, NR, packA, packB, packedBytes } from "./panels";
import { DEPTH_BLOCK, ROW_BLOCK } from "./product";
import { CHUNK, compact, compactNonzero, fourTimes, SLACK } from "./selection";
import { computeTiles, EDGE_BYTES, TILE_BLOCK_BYTES, TileBlock } from "./tiles";

/** What a thread needs to encode parts; it lies at the start of its scratch. */
@unmanaged
class Encoder {
  input: usize;
  encoder: usize;
  bias: usize;
  threshold: usize;
  rows: usize;
  d: usize;
  /** K, k for top-k or k·B for batch top-k. */
  kept: usize;
  tiles: TileBlock;
  candidates: Candidates;
  /** Four equal thresholds. */
  limits: usize;
  /** A chunk's thresholds, for jumprelu. */
  chunkLimits: usize;
  /** Four bytes for each row. */
  totals: usize;
  /** ROW_BLOCK rows of a chunk's pre-activations. */
  pre: usize;
  packedInput: usize;
  packedEncoder: usize;
}

const ENCODER_BYTES: usize = 64;

/** Returns the bytes of scratch (16-byte aligned) that `encodeActive` needs. */
export function encodeActiveScratchBytes(B: usize, d: usize): usize {
  return (ENCODER_BYTES + TILE_BLOCK_BYTES + CANDIDATES_BYTES + LIMITS_BYTES + 16 + EDGE_BYTES +
    ROW_BLOCK * CHUNK * 4 + CHUNK * 4 + (B * 4 + 63 & ~63) +
    (ASC_FEATURE_SIMD ? packedBytes(B, MR, d) + packedBytes(CHUNK, NR, d) : 0) + 63) & ~63;
}

/** Divides scratch; counterpart of `encodeActiveScratchBytes`. */
function encoderIn(scratch: usize, rows: usize, d: usize): Encoder {
  const encoder = changetype<Encoder>(scratch);
  encoder.rows = rows, encoder.d = d;
  encoder.tiles = changetype<TileBlock>(scratch + ENCODER_BYTES);
  encoder.candidates = changetype<Candidates>(scratch + ENCODER_BYTES + TILE_BLOCK_BYTES);
  encoder.limits = scratch + ENCODER_BYTES + TILE_BLOCK_BYTES + CANDIDATES_BYTES;
  encoder.tiles.edge = encoder.limits + LIMITS_BYTES + 16;
  encoder.chunkLimits = encoder.tiles.edge + EDGE_BYTES;
  encoder.pre = encoder.chunkLimits + CHUNK * 4;
  encoder.totals = encoder.pre + ROW_BLOCK * CHUNK * 4;
  encoder.packedInput = encoder.totals + (rows * 4 + 63 & ~63);
  encoder.packedEncoder = encoder.packedInput + packedBytes(rows, MR, d);
  return encoder;
}

/** Encodes the latents of the parts from … to − 1. `kept` is K, k for top-k or k·B for batch top-k. */
export function encodeActive(
  from: usize, to: usize, scratch: usize,
  table: usize, parts: usize, lists: usize, capacity: usize, counts: usize, limits: usize,
  input: usize, encoder: usize, encoderBias: usize, threshold: usize,
  B: usize, d: usize, N: usize, selection: i32, kept: usize,
): void {
  const state = encoderIn(scratch, B, d);
  state.input = input, state.encoder = encoder, state.bias = encoderBias, state.threshold = threshold, state.kept = kept;
  for (let p = from; p < to; p++) {
    const part = partAt(table, p);
    const first = firstChunk(p, parts, N), last = firstChunk(p + 1, parts, N);
    const entries = selection == Selection.topk ? B * capacity : capacity;
    part.values = lists + p * entries * 8;
    part.indices = part.values + 4 * entries;
    part.counts = counts + 4 * B * (selection == Selection.topk ? p : first);
    part.capacity = capacity;
    part.length = part.segments = 0;
    part.storedRows = B;
    part.bits = 0, part.bitsRow = 0;
    part.limits = limits + LIMITS_BYTES * p * B;
    if (selection == Selection.topk) {
      memory.fill(part.counts, 0, 4 * B);
      memory.fill(part.limits, 0, LIMITS_BYTES * B);
    }
    encodePart(state, part, first * CHUNK, min(last * CHUNK, N), selection);
  }
}

function encodePart(state: Encoder, part: Part, from: usize, to: usize, selection: i32): void {
  const rows = state.rows, d = state.d;
  if (ASC_FEATURE_SIMD) packDepths(state.packedInput, state.input, d, rows, MR);
  for (let n0 = from; n0 < to; n0 += CHUNK) {
    const nCount = min(CHUNK, to - n0);
    if (ASC_FEATURE_SIMD) packDepths(state.packedEncoder, state.encoder + 4 * n0 * d, d, nCount, NR);
    if (selection == Selection.jumprelu) prepareChunkLimits(state, n0, nCount);
    for (let m0: usize = 0; m0 < rows; m0 += ROW_BLOCK) {
      const mCount = min(ROW_BLOCK, rows - m0);
      computePre(state, m0, mCount, n0, nCount);
      if (selection == Selection.relu) keepPositive(state, part, m0, mCount, n0, nCount);
      else if (selection == Selection.identity) keepNonzero(state, part, m0, mCount, n0, nCount);
      else if (selection == Selection.jumprelu) keepAboveLimits(state, part, m0, mCount, n0, nCount);
      else if (selection == Selection.topk) keepCandidates(state, part, m0, mCount, n0, nCount);
      else keepBatchCandidates(state, part, m0, mCount, n0, nCount);
    }
  }
}

/** Packs [rows, d] one block of depth after the other. */
function packDepths(to: usize, from: usize, d: usize, rows: usize, width: usize): void {
  for (let k0: usize = 0; k0 < d; k0 += DEPTH_BLOCK) {
    const kCount = min(DEPTH_BLOCK, d - k0);
    if (width == NR) packB(to, from + 4 * k0, d, 1, rows, kCount);
    else packA(to, from + 4 * k0, d, 1, rows, kCount);
    to += packedBytes(rows, width, kCount);
  }
}

/** Stores max(θ, 0) for the latents of a chunk. */
function prepareChunkLimits(state: Encoder, n0: usize, nCount: usize): void {
  for (let n: usize = 0; n < nCount; n++) {
    store<f32>(state.chunkLimits + 4 * n, max(load<f32>(state.threshold + 4 * (n0 + n)), 0));
  }
}

/** Computes the pre-activations of a block of rows and a chunk of latents. */
function computePre(state: Encoder, m0: usize, mCount: usize, n0: usize, nCount: usize): void {
  const d = state.d, pre = state.pre, bias = state.bias + 4 * n0;
  if (ASC_FEATURE_SIMD) {
    const block = state.tiles;
    block.c = pre, block.cRow = CHUNK, block.startColumn = 4, block.floor = -Infinity;
    for (let k0: usize = 0; k0 < d; k0 += DEPTH_BLOCK) {
      const kCount = min(DEPTH_BLOCK, d - k0);
      block.packedA = state.packedInput + packedBytes(state.rows, MR, k0) + packedBytes(m0, MR, kCount);
      block.packedB = state.packedEncoder + packedBytes(nCount, NR, k0);
      block.start = k0 ? pre : bias, block.startRow = k0 ? CHUNK : 0;
      computeTiles(block, mCount, nCount, kCount);
    }
  } else {
    for (let m: usize = 0; m < mCount; m++) {
      for (let n: usize = 0; n < nCount; n++) {
        const row = state.input + 4 * (m0 + m) * d, column = state.encoder + 4 * (n0 + n) * d;
        let sum = load<f32>(bias + 4 * n);
        for (let k: usize = 0; k < 4 * d; k += 4) sum += load<f32>(row + k) * load<f32>(column + k);
        store<f32>(pre + 4 * (m * CHUNK + n), sum);
      }
    }
  }
}

/** relu: keeps pre > 0. */
function keepPositive(state: Encoder, part: Part, m0: usize, mCount: usize, n0: usize, nCount: usize): void {
  fourTimes(state.limits, 0);
  for (let m: usize = 0; m < mCount; m++) {
    makeRoom(state, part);
    const values = part.values + 4 * part.length, indices = part.indices + 4 * part.length;
    endSegment(part, m0 + m, compact(values, indices, state.pre + 4 * m * CHUNK, nCount, n0, state.limits, 0));
  }
}

/** identity: keeps pre ≠ 0. */
function keepNonzero(state: Encoder, part: Part, m0: usize, mCount: usize, n0: usize, nCount: usize): void {
  for (let m: usize = 0; m < mCount; m++) {
    makeRoom(state, part);
    const values = part.values + 4 * part.length, indices = part.indices + 4 * part.length;
    endSegment(part, m0 + m, compactNonzero(values, indices, state.pre + 4 * m * CHUNK, nCount, n0));
  }
}

/** jumprelu: keeps pre > max(θ, 0). */
function keepAboveLimits(state: Encoder, part: Part, m0: usize, mCount: usize, n0: usize, nCount: usize): void {
  for (let m: usize = 0; m < mCount; m++) {
    makeRoom(state, part);
    const values = part.values + 4 * part.length, indices = part.indices + 4 * part.length;
    endSegment(part, m0 + m, compact(values, indices, state.pre + 4 * m * CHUNK, nCount, n0, state.chunkLimits, 16));
  }
}

/** topk: keeps each row's candidates. */
function keepCandidates(state: Encoder, part: Part, m0: usize, mCount: usize, n0: usize, nCount: usize): void {
  const list = state.candidates;
  list.capacity = part.capacity, list.k = state.kept;
  for (let m: usize = 0; m < mCount; m++) {
    const at: usize = 4 * (m0 + m) * part.capacity, count = part.counts + 4 * (m0 + m);
    list.values = part.values + at, list.indices = part.indices + at;
    list.length = load<u32>(count), list.limits = part.limits + LIMITS_BYTES * (m0 + m);
    list.add(state.pre + 4 * m * CHUNK, nCount, n0);
    store<u32>(count, list.length);
  }
}

/** batchtopk: keeps the part's candidates for the largest of the batch. */
function keepBatchCandidates(state: Encoder, part: Part, m0: usize, mCount: usize, n0: usize, nCount: usize): void {
  for (let m: usize = 0; m < mCount; m++) {
    if (isFull(part)) trimBatch(part, state.rows, state.kept, state.totals);
    // A value that equals the least kept one may still enter, in its row or a lower one; no number is below bits 1.
    fourTimes(state.limits, m0 + m <= part.bitsRow ? max(part.bits - 1, 0) : part.bits);
    const values = part.values + 4 * part.length, indices = part.indices + 4 * part.length;
    endSegment(part, m0 + m, compact(values, indices, state.pre + 4 * m * CHUNK, nCount, n0, state.limits, 0));
  }
}

// @ts-ignore: decorator
@inline
function isFull(part: Part): bool {
  return part.length + CHUNK + SLACK > part.capacity;
}

// @ts-ignore: decorator
@inline
function makeRoom(state: Encoder, part: Part): void {
  if (isFull(part)) trimRows(part, state.rows, state.kept, state.totals);
}

/** Counts a segment of row `b`, and keeps it if the row is stored. */
// @ts-ignore: decorator
@inline
function endSegment(part: Part, b: usize, found: usize): void {
  store<u32>(part.counts + 4 * part.segments++, found);
  if (b < part.storedRows) part.length += found;
}
