// The parts of the latents among which `encodeActive` divides its work, and the list of active latents that each part fills.
//
// Layout: latents go by chunks of CHUNK; a part is a range of whole chunks. Its list holds chunk by chunk, and row by row within a chunk,
// a segment of active latents in ascending order; counts[chunk·rows + row] is the segment's length. For top-k a part has a list of
// candidates for each row instead, and counts[row] is its length. `table` holds one `Part` for each part.
// Work: a part belongs to one thread until its phase ends.
import { candidateCapacity } from "./candidates";
import { CHUNK, SLACK } from "./selection";

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
  /** Rows whose segments are stored; those of the other rows are only counted. */
  storedRows: usize;
  /** Batch top-k: bits that a value must reach, and the last row in which it may equal them. */
  bits: i32;
  bitsRow: usize;
  /** Top-k: four equal thresholds for each row. */
  limits: usize;
  /** Pre-activations that have been computed in float32. */
  computed: u64;
}

/** A cache line, so that threads share none. */
const PART_BYTES: usize = 64;

/** Returns the bytes of `table`. */
export function encodeTableBytes(parts: usize): usize {
  return parts * PART_BYTES;
}

// @ts-ignore: decorator
@inline
export function partAt(table: usize, p: usize): Part {
  return changetype<Part>(table + p * PART_BYTES);
}

/** Returns the first chunk of part `p`. */
// @ts-ignore: decorator
@inline
export function firstChunk(p: usize, parts: usize, N: usize): usize {
  return p * ((N + CHUNK - 1) / CHUNK) / parts;
}

/** Returns the number of latents per segment. */
export function encodeChunk(): usize {
  return CHUNK;
}

/** Returns the capacity of a part's list of which `kept` entries may be needed: as many again fit before the list is cut. */
export function encodeListCapacity(kept: usize, B: usize, N: usize): usize {
  return (min(kept * 2 + N, B * N) + (CHUNK + SLACK) * 2) & ~3;
}

/** Returns the capacity of a row's list of candidates for top-k. */
export function encodeCandidateCapacity(k: usize, N: usize): usize {
  return candidateCapacity(k, N);
}

// @ts-ignore: decorator
@inline
export function isFull(part: Part): bool {
  return part.length + CHUNK + SLACK > part.capacity;
}

/** Batch top-k: returns the bits that a value of row `b` must exceed. */
// @ts-ignore: decorator
@inline
export function batchBits(part: Part, b: usize): i32 {
  // A value that equals the least kept one may still enter, in its row or a lower one; no number is below bits 1.
  return b <= part.bitsRow ? max(part.bits - 1, 0) : part.bits;
}

/** Counts a segment of row `b`, and keeps it if the row is stored. */
// @ts-ignore: decorator
@inline
export function endSegment(part: Part, b: usize, found: usize): void {
  store<u32>(part.counts + 4 * part.segments++, found);
  if (b < part.storedRows) part.length += found;
}

/** Stores how many pre-activations per row all parts have computed in float32, unless nobody asks. */
export function storeComputed(candidates: usize, table: usize, parts: usize, B: usize): void {
  if (candidates == 0) return;
  let total: f64 = 0;
  for (let p: usize = 0; p < parts; p++) total += <f64>partAt(table, p).computed;
  store<f32>(candidates, <f32>(total / <f64>B));
}
