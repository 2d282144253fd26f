// Keeps the k largest positive activations of each row and sets the others to 0; ties go to the lower index.
//
// Layout: activations [B, N]; scratch holds a row's candidates.
// Work: threads take ranges of rows. One pass over a row collects its candidates; then the row is zeroed and the kept ones put back.
import { candidateCapacity, Candidates, CANDIDATES_BYTES, LIMITS_BYTES } from "./candidates";
import { CHUNK, fourTimes } from "./selection";

const HEADER_BYTES: usize = CANDIDATES_BYTES + LIMITS_BYTES;

export function topkScratchBytes(k: usize, N: usize): usize {
  return (HEADER_BYTES + candidateCapacity(k, N) * 8 + 63) & ~63;
}

export function topk(from: usize, to: usize, scratch: usize, activations: usize, N: usize, k: usize): void {
  const list = changetype<Candidates>(scratch);
  list.k = k;
  list.capacity = candidateCapacity(k, N);
  list.limits = scratch + CANDIDATES_BYTES;
  list.values = scratch + HEADER_BYTES;
  list.indices = list.values + 4 * list.capacity;
  for (let b = from; b < to; b++) {
    const row = activations + 4 * b * N;
    list.length = 0;
    fourTimes(list.limits, 0);
    for (let i: usize = 0; i < N; i += CHUNK) list.add(row + 4 * i, min(CHUNK, N - i), i);
    list.cut();
    memory.fill(row, 0, 4 * N);
    for (let n: usize = 0; n < 4 * list.length; n += 4) {
      store<f32>(row + 4 * <usize>load<u32>(list.indices + n), load<f32>(list.values + n));
    }
  }
}
