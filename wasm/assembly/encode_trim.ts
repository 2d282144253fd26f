// Shortens parts' lists of active latents without losing an entry that may be kept in the end (encode_parts.ts has their layout).
//
// Work: a list is trimmed by the thread that fills it; all lists together by one item (encodeSparseKeepBatch).
import { isFull, Part, partAt } from "./encode_parts";
import { countAtLeast, threshold } from "./selection";

/** Makes room for a segment: see `trimRows`. */
// @ts-ignore: decorator
@inline
export function makeRoom(part: Part, rows: usize, kept: usize, totals: usize): void {
  if (isFull(part)) trimRows(part, rows, kept, totals);
}

/** Drops the rows that begin after the first `kept` entries: whatever other parts hold, these rows are not among those kept. */
function trimRows(part: Part, rows: usize, kept: usize, totals: usize): void {
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

/** Keeps the `kept` largest values of a part's list and raises the part's threshold. */
export function trimBatch(part: Part, rows: usize, kept: usize, totals: usize): void {
  part.bits = threshold(part.values, part.length, kept);
  const ties = kept - countAtLeast(part.values, part.length, part.bits + 1);
  part.bitsRow = dropBelow(changetype<usize>(part), 1, rows, part.bits, ties, totals);
}

/**
 * Keeps the values above `bits` and, of those that equal it, `ties` entries: lower rows first, then lower latents. Returns the row of the
 * last of these. `totals` has 4 bytes for each row.
 */
export function dropBelow(table: usize, parts: usize, rows: usize, bits: i32, ties: usize, totals: usize): usize {
  memory.fill(totals, 0, 4 * rows);
  for (let p: usize = 0; p < parts; p++) countTies(partAt(table, p), rows, bits, totals);
  let lastRow: usize = 0;
  for (let m: usize = 0; m < rows; m++) {
    const taken = min(<usize>load<u32>(totals + 4 * m), ties);
    store<u32>(totals + 4 * m, taken);
    ties -= taken;
    if (taken > 0) lastRow = m;
  }
  for (let p: usize = 0; p < parts; p++) dropFromPart(partAt(table, p), rows, bits, totals);
  return lastRow;
}

/** Adds to `totals` how many values of each row equal `bits`. */
function countTies(part: Part, rows: usize, bits: i32, totals: usize): void {
  let value = part.values;
  for (let s: usize = 0, m: usize = 0; s < part.segments; s++) {
    for (const end = value + 4 * <usize>load<u32>(part.counts + 4 * s); value < end; value += 4) {
      if ((load<i32>(value) & 0x7fffffff) == bits) store<u32>(totals + 4 * m, load<u32>(totals + 4 * m) + 1);
    }
    if (++m == rows) m = 0;
  }
}

/** Drops values below `bits`, and those that equal it once their row's share in `allowed` is used up. */
function dropFromPart(part: Part, rows: usize, bits: i32, allowed: usize): void {
  let value = part.values, index = part.indices, toValue = value, toIndex = index;
  for (let s: usize = 0, m: usize = 0; s < part.segments; s++) {
    const counts = part.counts + 4 * s, start = toValue, share = allowed + 4 * m;
    for (const end = value + 4 * <usize>load<u32>(counts); value < end; value += 4, index += 4) {
      const found = load<i32>(value) & 0x7fffffff;
      if (found < bits) continue;
      if (found == bits) {
        const left = load<u32>(share);
        if (left == 0) continue;
        store<u32>(share, left - 1);
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
