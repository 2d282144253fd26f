// pre[b,i] = Σ_k x[b,k]·E[i,k] + bias[i]; what is active is kept as (latent, value), never as [B, N]
//
// Layout: x [rows, d], E [latents, d]. Latents go by chunks of 128; part p of the latents is whole chunks and has a list: chunk by
// chunk and row by row within it, a segment of active latents in ascending order, whose number is counts[chunk·rows + row]. For
// top-k a part has a list of candidates for each row instead, and counts[row] their number.
// Work: threads take parts. Values are those of `product`, bit for bit, and what is kept does not depend on the number of parts.
//
// The rows are packed once per part and E once, chunk by chunk: a chunk of E (128·d·4 bytes) stays in L2 while all rows pass. Lists
// are bounded: the relu's by the room for codes, whose rest is counted but not stored; batch top-k's and top-k's because a full list
// keeps its k best only and its threshold rises to the least of these.
import { DEPTH_BLOCK, MR, NR, packA, packB, packedBytes, ROW_BLOCK, TILE_BYTES, tiles, ZEROS_BYTES } from "./product";
import { CHUNK, compact, compactNonzero, countAtLeast, fourTimes, SLACK, threshold as thresholdOf } from "./selection";
import { candidateCount, gatherTopk } from "./topk";

export const IDENTITY: i32 = 1;
export const JUMPRELU: i32 = 2;
export const TOPK: i32 = 3;
export const BATCH_TOPK: i32 = 4;

/** What is known of a part of the latents; `table` holds them, PART_BYTES each. */
@unmanaged
export class Part {
  values: usize;
  indices: usize;
  counts: usize;
  /** Entries that the list has room for. */
  capacity: usize;
  /** Entries in the list. */
  length: usize;
  /** Segments that have been counted. */
  segments: usize;
  /** Rows that are stored; of the others segments are only counted. */
  storedRows: usize;
  /** Batch top-k: bits that a value must reach, and up to which row it may equal them. */
  bits: i32;
  bitsRow: usize;
}

const PART_BYTES: usize = 64;

// @ts-ignore: decorator
@inline
export function partAt(table: usize, p: usize): Part {
  return changetype<Part>(table + p * PART_BYTES);
}

/** The first chunk of a part. */
// @ts-ignore: decorator
@inline
export function chunkOf(p: usize, parts: usize, latents: usize): usize {
  return p * ((latents + CHUNK - 1) / CHUNK) / parts;
}

/** Latents per segment. */
export function encodeChunk(): usize {
  return CHUNK;
}

/** Entries of a part's list of which `kept` may be needed: room for as many again as can come before it is cut. */
export function encodeListCapacity(kept: usize, rows: usize, latents: usize): usize {
  return (min(kept * 2 + latents, rows * latents) + (CHUNK + SLACK) * 2) & ~3;
}

/** Entries of a row's candidates for top-k. */
export function encodeCandidates(k: usize, latents: usize): usize {
  return candidateCount(k, latents);
}

/** Bytes of scratch (16-byte aligned) that `encodeActive` needs for this many rows of width d. */
export function encodeActiveScratchBytes(rows: usize, d: usize): usize {
  return (ZEROS_BYTES + TILE_BYTES + ROW_BLOCK * CHUNK * 4 + CHUNK * 4 + (rows * 4 + 15 & ~15) +
    (ASC_FEATURE_SIMD ? packedBytes(rows, MR, d) + packedBytes(CHUNK, NR, d) : 0) + 63) & ~63;
}

/** Encodes the latents of the parts from … to − 1. `kept` is K, k for top-k or k·B for batch top-k. */
export function encodeActive(
  from: usize, to: usize, scratch: usize,
  table: usize, parts: usize, lists: usize, capacity: usize, counts: usize, limits: usize,
  x: usize, e: usize, bias: usize, threshold: usize, rows: usize, d: usize, latents: usize, kind: i32, kept: usize,
): void {
  for (let p = from; p < to; p++) {
    const part = partAt(table, p);
    const first = chunkOf(p, parts, latents), last = chunkOf(p + 1, parts, latents);
    const entries = kind == TOPK ? rows * capacity : capacity;
    part.values = lists + p * entries * 8;
    part.indices = part.values + 4 * entries;
    part.counts = counts + 4 * rows * (kind == TOPK ? p : first);
    part.capacity = capacity;
    part.length = part.segments = 0;
    part.storedRows = rows;
    part.bits = 0, part.bitsRow = 0;
    if (kind == TOPK) {
      memory.fill(part.counts, 0, 4 * rows);
      memory.fill(limits + 16 * p * rows, 0, 16 * rows);
    }
    encodePart(
      part, limits + 16 * p * rows, x, e, bias, threshold, rows, d, first * CHUNK, min(last * CHUNK, latents), kind, kept, scratch,
    );
  }
}

function encodePart(
  part: Part, limits: usize, x: usize, e: usize, bias: usize, threshold: usize, rows: usize, d: usize, from: usize, to: usize,
  kind: i32, kept: usize, scratch: usize,
): void {
  memory.fill(scratch, 0, ZEROS_BYTES);
  const tile = scratch + ZEROS_BYTES;
  const least = tile + TILE_BYTES; // a chunk's thresholds
  const totals = least + CHUNK * 4;
  const pre = totals + (4 * rows + 15 & ~15);
  const packedX = pre + ROW_BLOCK * CHUNK * 4;
  const packedE = packedX + packedBytes(rows, MR, d);
  if (ASC_FEATURE_SIMD) packDepths(packedX, x, d, rows, MR);
  for (let n0 = from; n0 < to; n0 += CHUNK) {
    const nCount = min(CHUNK, to - n0);
    if (ASC_FEATURE_SIMD) packDepths(packedE, e + 4 * n0 * d, d, nCount, NR);
    if (kind == JUMPRELU) {
      for (let n: usize = 0; n < nCount; n++) store<f32>(least + 4 * n, max(load<f32>(threshold + 4 * (n0 + n)), 0));
    }
    for (let m0: usize = 0; m0 < rows; m0 += ROW_BLOCK) {
      const mCount = min(ROW_BLOCK, rows - m0);
      if (ASC_FEATURE_SIMD) {
        for (let k0: usize = 0; k0 < d; k0 += DEPTH_BLOCK) {
          const kCount = min(DEPTH_BLOCK, d - k0);
          tiles(
            pre, CHUNK,
            packedX + packedBytes(rows, MR, k0) + packedBytes(m0, MR, kCount),
            packedE + packedBytes(nCount, NR, k0),
            mCount, nCount, kCount,
            k0 ? pre : bias + 4 * n0, k0 ? CHUNK : 0, 4, -Infinity, tile,
          );
        }
      } else {
        for (let m: usize = 0; m < mCount; m++) {
          for (let n: usize = 0; n < nCount; n++) {
            const row = x + 4 * (m0 + m) * d, column = e + 4 * (n0 + n) * d;
            let sum = load<f32>(bias + 4 * (n0 + n));
            for (let k: usize = 0; k < 4 * d; k += 4) sum += load<f32>(row + k) * load<f32>(column + k);
            store<f32>(pre + 4 * (m * CHUNK + n), sum);
          }
        }
      }
      for (let m: usize = 0; m < mCount; m++) {
        const row = pre + 4 * m * CHUNK, b = m0 + m;
        if (kind == TOPK) {
          const at: usize = 4 * b * part.capacity, count = part.counts + 4 * b;
          store<u32>(
            count,
            gatherTopk(
              part.values + at, part.indices + at, load<u32>(count), part.capacity, limits + 16 * b, row, nCount, n0, kept,
            ),
          );
        } else {
          if (kind == BATCH_TOPK) {
            if (part.length + CHUNK + SLACK > part.capacity) keepBatch(part, rows, kept, totals);
            // A value that equals the least kept one may still enter, in its row or a lower one; no number is below bits 1.
            fourTimes(scratch, b <= part.bitsRow ? max(part.bits - 1, 0) : part.bits);
          } else if (part.length + CHUNK + SLACK > part.capacity) {
            keepRows(part, rows, kept, totals);
          }
          const values = part.values + 4 * part.length, indices = part.indices + 4 * part.length;
          const found = kind == IDENTITY
            ? compactNonzero(values, indices, row, nCount, n0)
            : compact(values, indices, row, nCount, n0, kind == JUMPRELU ? least : scratch, kind == JUMPRELU ? 16 : 0);
          store<u32>(part.counts + 4 * part.segments++, found);
          if (b < part.storedRows) part.length += found;
        }
      }
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

/** Drops the rows that begin behind the first `kept` codes whatever other parts hold: they cannot be among those that are asked for. */
function keepRows(part: Part, rows: usize, kept: usize, totals: usize): void {
  memory.fill(totals, 0, 4 * rows);
  for (let s: usize = 0, m: usize = 0; s < part.segments; s++) {
    store<u32>(totals + 4 * m, load<u32>(totals + 4 * m) + load<u32>(part.counts + 4 * s));
    if (++m == rows) m = 0;
  }
  let stored: usize = 0;
  for (let sum: usize = 0; stored < rows && sum < kept; stored++) sum += load<u32>(totals + 4 * stored);
  let from: usize = 0, to: usize = 0;
  for (let s: usize = 0, m: usize = 0; s < part.segments; s++) {
    const count = <usize>load<u32>(part.counts + 4 * s);
    if (m < stored) {
      memory.copy(part.values + 4 * to, part.values + 4 * from, 4 * count);
      memory.copy(part.indices + 4 * to, part.indices + 4 * from, 4 * count);
      to += count;
    }
    if (m < part.storedRows) from += count;
    if (++m == rows) m = 0;
  }
  part.length = to;
  part.storedRows = min(stored, part.storedRows);
}

/** Keeps the `kept` best of a part's list and raises its threshold. */
function keepBatch(part: Part, rows: usize, kept: usize, totals: usize): void {
  part.bits = thresholdOf(part.values, part.length, kept);
  const ties = kept - countAtLeast(part.values, part.length, part.bits + 1);
  part.bitsRow = dropBelow(changetype<usize>(part), 0, 1, rows, part.bits, ties, totals);
}

/**
 * Keeps what is above `bits` and, of what equals it, `ties` entries of the lowest rows, and in a row of the lowest latents. Returns
 * the row of the last of them. `totals` has 4 bytes for each row.
 */
export function dropBelow(
  table: usize, from: usize, to: usize, rows: usize, bits: i32, ties: usize, totals: usize,
): usize {
  memory.fill(totals, 0, 4 * rows);
  for (let p = from; p < to; p++) {
    const part = partAt(table, p);
    let value = part.values;
    for (let s: usize = 0, m: usize = 0; s < part.segments; s++) {
      for (const end = value + 4 * <usize>load<u32>(part.counts + 4 * s); value < end; value += 4) {
        if ((load<i32>(value) & 0x7fffffff) == bits) store<u32>(totals + 4 * m, load<u32>(totals + 4 * m) + 1);
      }
      if (++m == rows) m = 0;
    }
  }
  let lastRow: usize = 0;
  for (let m: usize = 0; m < rows; m++) {
    const taken = min(<usize>load<u32>(totals + 4 * m), ties);
    store<u32>(totals + 4 * m, taken);
    ties -= taken;
    if (taken > 0) lastRow = m;
  }
  for (let p = from; p < to; p++) {
    const part = partAt(table, p);
    let value = part.values, index = part.indices, toValue = value, toIndex = index;
    for (let s: usize = 0, m: usize = 0; s < part.segments; s++) {
      const counts = part.counts + 4 * s, start = toValue, allowed = totals + 4 * m;
      for (const end = value + 4 * <usize>load<u32>(counts); value < end; value += 4, index += 4) {
        const found = load<i32>(value) & 0x7fffffff;
        if (found < bits) continue;
        if (found == bits) {
          const left = load<u32>(allowed);
          if (left == 0) continue;
          store<u32>(allowed, left - 1);
        }
        store<u32>(toValue, load<u32>(value));
        store<u32>(toIndex, load<u32>(index));
        toValue += 4, toIndex += 4;
      }
      store<u32>(counts, (toValue - start) >> 2);
      if (++m == rows) m = 0;
    }
    part.length = (toValue - part.values) >> 2;
  }
  return lastRow;
}
