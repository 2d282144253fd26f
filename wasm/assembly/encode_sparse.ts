// f = act(x Eᵀ + b); codes by row: (i, f_bi) with f_bi ≠ 0, i ascending, at entries rowOffsets_b … rowOffsets_{b+1} − 1
//
// Layout: encode_active.ts describes the parts' lists and top-k's candidates. `cursors` [parts, B] says where each part's codes of a
// row begin.
// Work: phases: threads take parts (ranges of latents) and encode; for batch top-k one item keeps the k·B best of all lists; one item
// sums the counts; threads take parts and copy, or, for top-k, ranges of rows and select.
import { thresholdOfLists } from "./batch_topk";
import { chunkOf, dropBelow, Part, partAt } from "./encode_active";
import { countAtLeast, keepLargest } from "./selection";

/** rowOffsets, cursors and overflow from the counts; one item. */
export function encodeSparseOffsets(
  from: usize, to: usize, scratch: usize, table: usize, parts: usize, cursors: usize, rowOffsets: usize, overflow: usize,
  rows: usize, latents: usize, capacity: usize,
): void {
  const totals = rowOffsets + 4;
  memory.fill(rowOffsets, 0, 4 * (rows + 1));
  for (let p: usize = 0; p < parts; p++) {
    memory.copy(cursors + 4 * p * rows, totals, 4 * rows);
    let counts = partAt(table, p).counts;
    for (let c = chunkOf(p, parts, latents); c < chunkOf(p + 1, parts, latents); c++) {
      for (let m: usize = 0; m < rows; m++, counts += 4) {
        store<u32>(totals + 4 * m, load<u32>(totals + 4 * m) + load<u32>(counts));
      }
    }
  }
  sumUp(rowOffsets, overflow, rows, capacity);
  for (let p: usize = 0; p < parts; p++) {
    for (let m: usize = 0; m < rows; m++, cursors += 4) {
      store<u32>(cursors, load<u32>(cursors) + load<u32>(rowOffsets + 4 * m));
    }
  }
}

/** Counts behind the first offset, 0, become offsets. */
function sumUp(rowOffsets: usize, overflow: usize, rows: usize, capacity: usize): void {
  let sum: usize = 0;
  for (let m: usize = 1; m <= rows; m++) {
    sum += load<u32>(rowOffsets + 4 * m);
    store<u32>(rowOffsets + 4 * m, sum);
  }
  store<u32>(overflow, <u32>(sum > capacity));
}

/** Copies each part's segments to where its cursors point; what would fall behind `capacity` is left out. */
export function encodeSparseStitch(
  from: usize, to: usize, scratch: usize, table: usize, cursors: usize, indices: usize, values: usize, rows: usize, capacity: usize,
): void {
  for (let p = from; p < to; p++) {
    const part = partAt(table, p);
    const cursor = cursors + 4 * p * rows;
    let value = part.values, index = part.indices, counts = part.counts;
    for (let s: usize = 0; s < part.segments; s += rows) {
      for (let m: usize = 0; m < part.storedRows; m++) {
        const count = <usize>load<u32>(counts + 4 * m);
        if (count == 0) continue;
        const at = <usize>load<u32>(cursor + 4 * m);
        const room = at < capacity ? min(count, capacity - at) : 0;
        for (let n: usize = 0; n < 4 * room; n += 4) {
          store<u32>(values + 4 * at + n, load<u32>(value + n));
          store<u32>(indices + 4 * at + n, load<u32>(index + n));
        }
        store<u32>(cursor + 4 * m, at + count);
        value += 4 * count, index += 4 * count;
      }
      counts += 4 * rows;
    }
  }
}

/** Keeps the `kept` largest of all lists, ties to the lower row and then the lower latent; one item. Scratch: 4 bytes a row. */
export function encodeSparseKeepBatch(
  from: usize, to: usize, scratch: usize, table: usize, parts: usize, lists: usize, listBytes: usize, lengths: usize,
  rows: usize, kept: usize,
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
  dropBelow(table, 0, parts, rows, bits, kept - above, scratch);
}

/** The rows' offsets for top-k: each keeps k of its candidates, or all; one item. */
export function encodeSparseTopkOffsets(
  from: usize, to: usize, scratch: usize, table: usize, parts: usize, rowOffsets: usize, overflow: usize,
  rows: usize, capacity: usize, k: usize,
): void {
  store<u32>(rowOffsets, 0);
  for (let m: usize = 0; m < rows; m++) {
    let count: usize = 0;
    for (let p: usize = 0; p < parts; p++) count += load<u32>(partAt(table, p).counts + 4 * m);
    store<u32>(rowOffsets + 4 * m, min(count, k), 4);
  }
  sumUp(rowOffsets, overflow, rows, capacity);
}

/** Each row's k largest candidates of all parts. Scratch: 8 bytes for each candidate of a row. */
export function encodeSparseTopkSelect(
  from: usize, to: usize, scratch: usize, table: usize, parts: usize, rowOffsets: usize, indices: usize, values: usize,
  candidates: usize, capacity: usize, k: usize,
): void {
  const scratchIndices = scratch + 4 * candidates * parts;
  for (let m = from; m < to; m++) {
    let length: usize = 0;
    for (let p: usize = 0; p < parts; p++) {
      const part = partAt(table, p);
      const count = <usize>load<u32>(part.counts + 4 * m);
      memory.copy(scratch + 4 * length, part.values + 4 * m * candidates, 4 * count);
      memory.copy(scratchIndices + 4 * length, part.indices + 4 * m * candidates, 4 * count);
      length += count;
    }
    if (length > k) {
      keepLargest(scratch, scratchIndices, length, k);
      length = k;
    }
    const at = <usize>load<u32>(rowOffsets + 4 * m);
    const room = at < capacity ? min(length, capacity - at) : 0;
    memory.copy(values + 4 * at, scratch, 4 * room);
    memory.copy(indices + 4 * at, scratchIndices, 4 * room);
  }
}
