// f = act(x Eᵀ + b); codes by row: (i, f_bi) with f_bi ≠ 0, i ascending, at entries rowOffsets_b … rowOffsets_{b+1} − 1
//
// Layout: encode_parts.ts describes the parts and their lists. `cursors` [parts, B] says where each part's codes of a row begin.
// Work: several phases. Threads take parts (ranges of latents) and encode (encode_active.ts); for batch top-k one item keeps the k·B best
// of all lists; one item sums the counts; threads take parts and copy them, or, for top-k, take ranges of rows and select.
import { thresholdOfLists } from "./batch_topk";
import { firstChunk, partAt, storeComputed } from "./encode_parts";
import { dropBelow } from "./encode_trim";
import { countAtLeast, keepLargest } from "./selection";

/** Computes rowOffsets, cursors, overflow and, unless it is 0, `candidates` from the counts; one item. */
export function encodeSparseOffsets(
  from: usize, to: usize, scratch: usize, table: usize, parts: usize, cursors: usize, rowOffsets: usize, overflow: usize,
  candidates: usize, B: usize, N: usize, K: usize,
): void {
  storeComputed(candidates, table, parts, B);
  const totals = rowOffsets + 4;
  memory.fill(rowOffsets, 0, 4 * (B + 1));
  for (let p: usize = 0; p < parts; p++) {
    memory.copy(cursors + 4 * p * B, totals, 4 * B);
    let counts = partAt(table, p).counts;
    for (let c = firstChunk(p, parts, N); c < firstChunk(p + 1, parts, N); c++) {
      for (let m: usize = 0; m < B; m++, counts += 4) {
        store<u32>(totals + 4 * m, load<u32>(totals + 4 * m) + load<u32>(counts));
      }
    }
  }
  sumUp(rowOffsets, overflow, B, K);
  for (let p: usize = 0; p < parts; p++) {
    for (let m: usize = 0; m < B; m++, cursors += 4) {
      store<u32>(cursors, load<u32>(cursors) + load<u32>(rowOffsets + 4 * m));
    }
  }
}

/** Turns the counts after the first offset, 0, into offsets. */
function sumUp(rowOffsets: usize, overflow: usize, rows: usize, capacity: usize): void {
  let sum: usize = 0;
  for (let m: usize = 1; m <= rows; m++) {
    sum += load<u32>(rowOffsets + 4 * m);
    store<u32>(rowOffsets + 4 * m, sum);
  }
  store<u32>(overflow, <u32>(sum > capacity));
}

/** Copies each part's segments to where its cursors point, and leaves out entries beyond the capacity. */
export function encodeSparseStitch(
  from: usize, to: usize, scratch: usize, table: usize, cursors: usize, indices: usize, values: usize, B: usize, K: usize,
): void {
  for (let p = from; p < to; p++) {
    const part = partAt(table, p);
    const cursor = cursors + 4 * p * B;
    let value = part.values, index = part.indices, counts = part.counts;
    for (let s: usize = 0; s < part.segments; s += B) {
      for (let m: usize = 0; m < part.storedRows; m++) {
        const count = <usize>load<u32>(counts + 4 * m);
        if (count == 0) continue;
        const at = <usize>load<u32>(cursor + 4 * m);
        const room = at < K ? min(count, K - at) : 0;
        for (let n: usize = 0; n < 4 * room; n += 4) {
          store<u32>(values + 4 * at + n, load<u32>(value + n));
          store<u32>(indices + 4 * at + n, load<u32>(index + n));
        }
        store<u32>(cursor + 4 * m, at + count);
        value += 4 * count, index += 4 * count;
      }
      counts += 4 * B;
    }
  }
}

/**
 * Keeps the `kept` largest values of all lists; ties go to the lower row and then to the lower latent. One item; scratch holds 4 bytes
 * for each row.
 */
export function encodeSparseKeepBatch(
  from: usize, to: usize, scratch: usize, table: usize, parts: usize, lists: usize, listBytes: usize, lengths: usize,
  B: usize, kept: usize,
): void {
  let total: usize = 0;
  for (let p: usize = 0; p < parts; p++) {
    total += partAt(table, p).length;
    store<u32>(lengths + 4 * p, partAt(table, p).length);
  }
  if (total <= kept) return;
  const bits = thresholdOfLists(lists, listBytes, lengths, parts, kept);
  let above: usize = 0;
  for (let p: usize = 0; p < parts; p++) above += countAtLeast(partAt(table, p).values, partAt(table, p).length, bits + 1);
  dropBelow(table, parts, B, bits, kept - above, scratch);
}

/** Computes the rows' offsets for top-k, where each row keeps k of its candidates, or all if there are fewer; one item. */
export function encodeSparseTopkOffsets(
  from: usize, to: usize, scratch: usize, table: usize, parts: usize, rowOffsets: usize, overflow: usize,
  candidates: usize, B: usize, K: usize, k: usize,
): void {
  storeComputed(candidates, table, parts, B);
  store<u32>(rowOffsets, 0);
  for (let m: usize = 0; m < B; m++) {
    let count: usize = 0;
    for (let p: usize = 0; p < parts; p++) count += load<u32>(partAt(table, p).counts + 4 * m);
    store<u32>(rowOffsets + 4 * m, min(count, k), 4);
  }
  sumUp(rowOffsets, overflow, B, K);
}

export function encodeSparseTopkSelectScratchBytes(parts: usize, room: usize): usize {
  return (8 * parts * room + 63) & ~63;
}

/** Stores each row's k largest candidates of all parts; scratch holds all candidates of a row. */
export function encodeSparseTopkSelect(
  from: usize, to: usize, scratch: usize, table: usize, parts: usize, rowOffsets: usize, indices: usize, values: usize,
  room: usize, K: usize, k: usize,
): void {
  const scratchIndices = scratch + 4 * room * parts;
  for (let m = from; m < to; m++) {
    let length: usize = 0;
    for (let p: usize = 0; p < parts; p++) {
      const part = partAt(table, p);
      const count = <usize>load<u32>(part.counts + 4 * m);
      memory.copy(scratch + 4 * length, part.values + 4 * m * room, 4 * count);
      memory.copy(scratchIndices + 4 * length, part.indices + 4 * m * room, 4 * count);
      length += count;
    }
    if (length > k) {
      keepLargest(scratch, scratchIndices, length, k);
      length = k;
    }
    const at = <usize>load<u32>(rowOffsets + 4 * m);
    const room = at < K ? min(length, K - at) : 0;
    memory.copy(values + 4 * at, scratch, 4 * room);
    memory.copy(indices + 4 * at, scratchIndices, 4 * room);
  }
}
