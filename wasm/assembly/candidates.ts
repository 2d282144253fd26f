// The candidates for the k largest of a stream of values: a list that is cut to its k largest whenever it is full, after which only
// values above the least of them may enter.
//
// Layout: values (f32) and latents (u32) in two arrays of `capacity` entries; `limits` holds four equal thresholds.
// Work: one thread fills a list.
import { CHUNK, compact, compactListed, fourTimes, keepLargest, SLACK } from "./selection";

/** Returns how many entries a list needs so that `add` works. */
export function candidateCapacity(k: usize, latents: usize): usize {
  return ((k < latents ? min(k * 2, latents) : latents) + CHUNK + SLACK + 3) & ~3;
}

/** Bytes of four equal thresholds. */
export const LIMITS_BYTES: usize = 16;

/** A list of candidates; it lies in scratch, in CANDIDATES_BYTES. */
@unmanaged
export class Candidates {
  values: usize;
  indices: usize;
  capacity: usize;
  length: usize;
  limits: usize;
  k: usize;

  /** Adds the candidates among `columns` ≤ CHUNK values, numbered from `first`. */
  add(pre: usize, columns: usize, first: usize): void {
    let length = this.length;
    if (length + CHUNK + SLACK > this.capacity) {
      fourTimes(this.limits, keepLargest(this.values, this.indices, length, this.k));
      length = this.k;
    }
    this.length = length + compact(this.values + 4 * length, this.indices + 4 * length, pre, columns, first, this.limits, 0);
  }

  /** Adds the candidates among `count` ≤ CHUNK values that have their latents beside them. */
  addListed(values: usize, indices: usize, count: usize): void {
    if (this.length > this.k + (this.k >> 2)) {
      fourTimes(this.limits, keepLargest(this.values, this.indices, this.length, this.k));
      this.length = this.k;
    }
    this.length += compactListed(this.values + 4 * this.length, this.indices + 4 * this.length, values, indices, count, this.limits, 0);
  }

  /** Cuts the list to its k largest. */
  cut(): void {
    if (this.length <= this.k) return;
    keepLargest(this.values, this.indices, this.length, this.k);
    this.length = this.k;
  }
}

export const CANDIDATES_BYTES: usize = 32;
