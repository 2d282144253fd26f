// Keeps the k largest positive activations of each row, sets the others to 0; ties go to the lower index.
//
// Layout: activations [B, N]; scratch holds a row's candidates.
// Work: threads take ranges of rows.
//
// One pass over the row keeps what lies above a threshold that rises whenever the candidates are twice too many; then the row is
// zeroed and the kept ones are put back. `gatherTopk` is also what the sparse encode does, a chunk of latents at a time.
import { CHUNK, compact, fourTimes, keepLargest, SLACK } from "./selection";

/** Entries of a candidate list that `gatherTopk` can work with. */
export function candidateCount(k: usize, latents: usize): usize {
  return ((k < latents ? min(k * 2, latents) : latents) + CHUNK + SLACK + 3) & ~3;
}

export function topkScratchBytes(k: usize, latents: usize): usize {
  return (16 + candidateCount(k, latents) * 8 + 63) & ~63;
}

/** Adds the candidates among `columns` ≤ CHUNK values to a list, and returns its new length. Bits at `limit`: what cannot enter. */
export function gatherTopk(
  values: usize, indices: usize, length: usize, capacity: usize, limit: usize, pre: usize, columns: usize, first: usize, k: usize,
): usize {
  if (length + CHUNK + SLACK > capacity) {
    fourTimes(limit, keepLargest(values, indices, length, k));
    length = k;
  }
  return length + compact(values + 4 * length, indices + 4 * length, pre, columns, first, limit, 0);
}

export function topk(from: usize, to: usize, scratch: usize, activations: usize, latents: usize, k: usize): void {
  const capacity = candidateCount(k, latents);
  const values = scratch + 16, indices = values + 4 * capacity;
  for (let b = from; b < to; b++) {
    const row = activations + 4 * b * latents;
    let length: usize = 0;
    fourTimes(scratch, 0);
    for (let i: usize = 0; i < latents; i += CHUNK) {
      length = gatherTopk(values, indices, length, capacity, scratch, row + 4 * i, min(CHUNK, latents - i), i, k);
    }
    if (length > k) {
      keepLargest(values, indices, length, k);
      length = k;
    }
    memory.fill(row, 0, 4 * latents);
    for (let n: usize = 0; n < length; n++) {
      store<f32>(row + 4 * <usize>load<u32>(indices + 4 * n), load<f32>(values + 4 * n));
    }
  }
}
