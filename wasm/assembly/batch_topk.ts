// Keeps the k·B largest positive activations of the batch and sets the others to 0; ties go to the lower row, then the lower latent.
//
// Layout: activations [B, N] as one list of B·N. `lists` holds each part's candidates, values and then positions; `lengths` says how many
// there are.
// Work: three phases: threads take parts (ranges of rows) and list the candidates; one item finds the least value that is kept; threads
// take ranges of rows and zero what is below it. The parts follow each other, so the first of equal candidates is that of the lowest row.
import { candidateCapacity, Candidates, CANDIDATES_BYTES, LIMITS_BYTES } from "./candidates";
import { CHUNK, countAtLeast, fourTimes, largestBits } from "./selection";

/** Returns the bytes of one part's candidates. */
export function batchTopkListBytes(kept: usize, rows: usize, N: usize): usize {
  return 8 * candidateCapacity(kept, rows * N);
}

export function batchTopkListScratchBytes(): usize {
  return CANDIDATES_BYTES + LIMITS_BYTES;
}

export function batchTopkList(
  from: usize, to: usize, scratch: usize, activations: usize, lists: usize, listBytes: usize, lengths: usize, parts: usize,
  B: usize, N: usize, kept: usize,
): void {
  if (kept == 0) return;
  const list = changetype<Candidates>(scratch);
  list.k = kept;
  list.capacity = listBytes >> 3;
  list.limits = scratch + CANDIDATES_BYTES;
  for (let part = from; part < to; part++) {
    list.values = lists + part * listBytes;
    list.indices = list.values + 4 * list.capacity;
    list.length = 0;
    fourTimes(list.limits, 0);
    const last = (part + 1) * B / parts * N;
    for (let n = part * B / parts * N; n < last; n += CHUNK) list.add(activations + 4 * n, min(CHUNK, last - n), n);
    store<u32>(lengths + 4 * part, list.length);
  }
}

function countInLists(lists: usize, listBytes: usize, lengths: usize, parts: usize, bits: i32): usize {
  let total: usize = 0;
  for (let part: usize = 0; part < parts; part++) {
    total += countAtLeast(lists + part * listBytes, load<u32>(lengths + 4 * part), bits);
  }
  return total;
}

/** Returns the bits of the `kept`-th largest value in lists that hold at least as many. */
export function thresholdOfLists(lists: usize, listBytes: usize, lengths: usize, parts: usize, kept: usize): i32 {
  let low: i32 = 0, high: i64 = 0;
  for (let part: usize = 0; part < parts; part++) {
    high = max(high, <i64>largestBits(lists + part * listBytes, load<u32>(lengths + 4 * part)) + 1);
  }
  while (high - low > 1) {
    const middle = <i32>((<i64>low + high) >> 1);
    if (countInLists(lists, listBytes, lengths, parts, middle) >= kept) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * Stores the bits of the least value that is kept and, of the values that equal it, the position after the last that is kept; one item.
 */
export function batchTopkCut(
  from: usize, to: usize, scratch: usize, lists: usize, listBytes: usize, lengths: usize, parts: usize, kept: usize, cut: usize,
): void {
  store<u32>(cut, 0, 4);
  if (kept == 0) {
    store<f32>(cut, Infinity);
    return;
  }
  let total: usize = 0;
  for (let part: usize = 0; part < parts; part++) total += load<u32>(lengths + 4 * part);
  store<i32>(cut, 0);
  if (total < kept) return; // A list that was cut holds `kept` or more.
  const bits = thresholdOfLists(lists, listBytes, lengths, parts, kept);
  let ties = kept - countInLists(lists, listBytes, lengths, parts, bits + 1);
  store<i32>(cut, bits);
  for (let part: usize = 0; part < parts && ties > 0; part++) {
    const values = lists + part * listBytes, positions = values + (listBytes >> 1);
    const length = <usize>load<u32>(lengths + 4 * part);
    for (let n: usize = 0; n < length && ties > 0; n++) {
      if ((load<i32>(values + 4 * n) & 0x7fffffff) != bits) continue;
      store<u32>(cut, load<u32>(positions + 4 * n) + 1, 4);
      ties--;
    }
  }
}

export function batchTopkApply(
  from: usize, to: usize, scratch: usize, activations: usize, N: usize, cut: usize,
): void {
  const bits = load<i32>(cut);
  const last = to * N;
  const middle = min(max(<usize>load<u32>(cut, 4), from * N), last);
  // Values that equal the least are kept before the cut and dropped after it. No positive number is below bits 1.
  zeroBelow(activations + 4 * from * N, activations + 4 * middle, reinterpret<f32>(max(bits - 1, 0)));
  zeroBelow(activations + 4 * middle, activations + 4 * last, reinterpret<f32>(bits));
}

/** Zeroes every value ≤ limit. */
function zeroBelow(at: usize, end: usize, limit: f32): void {
  if (ASC_FEATURE_SIMD) {
    const limits = f32x4.splat(limit);
    for (; at + 16 <= end; at += 16) {
      const value = v128.load(at);
      v128.store(at, v128.andnot(value, f32x4.le(value, limits)));
    }
  }
  for (; at < end; at += 4) if (load<f32>(at) <= limit) store<f32>(at, 0);
}
