// Rows packed in chunks of columns, and sums of packed rows that a list names; SIMD tiers only
//
// Layout: a chunk of 24 or 48 columns is contiguous, row by row, so that the chunk of a hundred rows stays in L1, where the rows themselves,
// 2 KB apart, would share a few of its sets. Columns past the end are zeros. A list has ENTRY_BYTES for each entry: u32, 96 times the number
// of a packed row, and its factor, f32.
// Work: one thread handles a list.
//
// V8 checks the bounds of every load, and the checks take as long as multiply-adds, so what counts is loads for each of these. The sums of a
// chunk stay in registers for a whole list, and one load gets an entry. Of the rate of a product's tile: `addWide` 70 %, `addAndDot`, whose
// loads of rows serve two sums, 97 % (16 columns and lists of rows and of factors: 51 %).
import { madd } from "./simd";

/** Bytes of a chunk of 24 columns: six registers of sums beside six of D. */
export const NARROW: usize = 96;
/** Bytes of a chunk of 48 columns: twelve registers of sums. */
export const WIDE: usize = 192;
export const ENTRY_BYTES: usize = 8;

/** Returns the bytes of a packed row of `bytes` bytes, whatever the width of chunks. */
// @ts-ignore: decorator
@inline
export function pitchOf(bytes: usize): usize {
  return (bytes + WIDE - 1) / WIDE * WIDE;
}

/** Copies a row; short ones cost less than with `memory.copy`, a call. */
export function copyRow(to: usize, from: usize, bytes: usize): void {
  let k: usize = 0;
  for (; k + 16 <= bytes; k += 16) v128.store(to + k, v128.load(from + k));
  for (; k < bytes; k += 4) store<f32>(to + k, load<f32>(from + k));
}

/** Packs rows of `bytes` bytes: those that a list of u32 names, or consecutive ones if it is 0. */
export function packColumns(to: usize, from: usize, list: usize, rows: usize, bytes: usize, width: usize): void {
  for (let n: usize = 0; n < rows; n++, to += width) {
    const row = from + (list ? <usize>load<u32>(list + 4 * n) : n) * bytes;
    let at = to;
    for (let k: usize = 0; k < bytes; k += width, at += rows * width) {
      const count = min(width, bytes - k);
      copyRow(at, row + k, count);
      if (count < width) memory.fill(at + count, 0, width - count);
    }
  }
}

/** Adds the listed rows, times their factors, to 48 columns, in the order of the list. */
export function addWide(to: usize, list: usize, count: usize, base: usize): void {
  let s0 = v128.load(to), s1 = v128.load(to, 16), s2 = v128.load(to, 32), s3 = v128.load(to, 48);
  let s4 = v128.load(to, 64), s5 = v128.load(to, 80), s6 = v128.load(to, 96), s7 = v128.load(to, 112);
  let s8 = v128.load(to, 128), s9 = v128.load(to, 144), sA = v128.load(to, 160), sB = v128.load(to, 176);
  for (const end = list + ENTRY_BYTES * count; list < end; list += ENTRY_BYTES) {
    const entry = load<u64>(list), f = factorOf(entry), row = base + 2 * <usize><u32>entry;
    s0 = madd(f, v128.load(row), s0);
    s1 = madd(f, v128.load(row, 16), s1);
    s2 = madd(f, v128.load(row, 32), s2);
    s3 = madd(f, v128.load(row, 48), s3);
    s4 = madd(f, v128.load(row, 64), s4);
    s5 = madd(f, v128.load(row, 80), s5);
    s6 = madd(f, v128.load(row, 96), s6);
    s7 = madd(f, v128.load(row, 112), s7);
    s8 = madd(f, v128.load(row, 128), s8);
    s9 = madd(f, v128.load(row, 144), s9);
    sA = madd(f, v128.load(row, 160), sA);
    sB = madd(f, v128.load(row, 176), sB);
  }
  v128.store(to, s0), v128.store(to, s1, 16), v128.store(to, s2, 32), v128.store(to, s3, 48);
  v128.store(to, s4, 64), v128.store(to, s5, 80), v128.store(to, s6, 96), v128.store(to, s7, 112);
  v128.store(to, s8, 128), v128.store(to, s9, 144), v128.store(to, sA, 160), v128.store(to, sB, 176);
}

/**
 * Adds the listed rows, times their factors, to 24 columns, and the products of each row and D to its dot product, four lanes of `dots`.
 */
export function addAndDot(to: usize, D: usize, list: usize, count: usize, base: usize, dots: usize): void {
  const d0 = v128.load(D), d1 = v128.load(D, 16), d2 = v128.load(D, 32);
  const d3 = v128.load(D, 48), d4 = v128.load(D, 64), d5 = v128.load(D, 80);
  let s0 = v128.load(to), s1 = v128.load(to, 16), s2 = v128.load(to, 32);
  let s3 = v128.load(to, 48), s4 = v128.load(to, 64), s5 = v128.load(to, 80);
  for (const end = list + ENTRY_BYTES * count; list < end; list += ENTRY_BYTES, dots += 16) {
    const entry = load<u64>(list), f = factorOf(entry), row = base + <usize><u32>entry;
    let dot = v128.load(dots), x = v128.load(row);
    s0 = madd(f, x, s0), dot = madd(x, d0, dot), x = v128.load(row, 16);
    s1 = madd(f, x, s1), dot = madd(x, d1, dot), x = v128.load(row, 32);
    s2 = madd(f, x, s2), dot = madd(x, d2, dot), x = v128.load(row, 48);
    s3 = madd(f, x, s3), dot = madd(x, d3, dot), x = v128.load(row, 64);
    s4 = madd(f, x, s4), dot = madd(x, d4, dot), x = v128.load(row, 80);
    s5 = madd(f, x, s5), dot = madd(x, d5, dot);
    v128.store(dots, dot);
  }
  v128.store(to, s0), v128.store(to, s1, 16), v128.store(to, s2, 32);
  v128.store(to, s3, 48), v128.store(to, s4, 64), v128.store(to, s5, 80);
}

// @ts-ignore: decorator
@inline
function factorOf(entry: u64): v128 {
  return f32x4.splat(reinterpret<f32>(<u32>(entry >> 32)));
}
