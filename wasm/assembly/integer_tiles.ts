// I[m,n] = start_n + Σ_k q_mk·r_nk for small integers
//
// Layout: both operands are packed as words (panels.ts): with relaxed SIMD a word holds four k of a row as bytes, otherwise two k as
// 16-bit integers. I [rows, CHUNK] (i32) has room for whole panels of rows.
// Work: one call computes a block of rows and latents; it divides no work.
//
// The micro-kernel is that of tiles.ts with another multiply-add. Sums of four products of 7 and 8 bits are exact in every lowering of
// the relaxed instruction: two of them stay within 16 bits.
import { A_STEP, B_STEP, MR, NR, packA, packB, packedBytes } from "./panels";
import { INPUT_OFFSET } from "./quantize";
import { CHUNK } from "./selection";
import { alternate, rotate, swap } from "./simd";

/** Bytes from one row of I to the next. */
export const INTEGER_ROW: usize = CHUNK * 4;

/** Returns how many words a packed row has. */
// @ts-ignore: decorator
@inline
export function packedWords(W: usize): usize {
  return ASC_FEATURE_RELAXED_SIMD ? W : W * 2;
}

/** Returns the bytes of the room that packing one panel needs. */
// @ts-ignore: decorator
@inline
export function widenedBytes(W: usize): usize {
  return ASC_FEATURE_RELAXED_SIMD ? 0 : NR * W * 8;
}

/** Packs rows of the batch in panels of MR. They lie `stride` words apart. */
export function packIntegersA(to: usize, from: usize, W: usize, stride: usize, rows: usize, room: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) return packA(to, from, stride, 1, rows, W);
  for (let m: usize = 0; m < rows; m += MR) {
    const count = min(MR, rows - m);
    for (let r: usize = 0; r < count; r++) widen(room + 8 * r * W, from + 4 * (m + r) * stride, W, <i16>INPUT_OFFSET);
    packA(to + packedBytes(m, MR, 2 * W), room, 2 * W, 1, count, 2 * W);
  }
}

/** Packs latents [rows, W] in panels of NR. */
export function packIntegersB(to: usize, from: usize, W: usize, rows: usize, room: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) return packB(to, from, W, 1, rows, W);
  for (let n: usize = 0; n < rows; n += NR) {
    const count = min(NR, rows - n);
    widen(room, from + 4 * n * W, count * W, 0);
    packB(to + packedBytes(n, NR, 2 * W), room, 2 * W, 1, count, 2 * W);
  }
}

/** Turns words of four bytes into pairs of words of two 16-bit integers, less `offset`. */
function widen(to: usize, from: usize, words: usize, offset: i16): void {
  const offsets = i16x8.splat(offset);
  let w: usize = 0;
  for (; w + 2 <= words; w += 2) v128.store(to + 8 * w, i16x8.sub(v128.load_ext<i8>(from + 4 * w), offsets));
  for (let k: usize = w << 2; k < words << 2; k++) store<i16>(to + 2 * k, <i16>load<i8>(from + k) - offset);
}

/** Computes I of `rows` rows and `columns` latents, packed with depth `words`. `starts` holds one i32 for each latent of a chunk. */
export function integerTiles(
  sums: usize, packedA: usize, packedB: usize, starts: usize, rows: usize, columns: usize, words: usize,
): void {
  const blocks = (words + 3) >> 2;
  for (let n: usize = 0; n < columns; n += NR) {
    let pa = packedA;
    for (let m: usize = 0; m < rows; m += MR) {
      integerTile(pa, packedB, blocks, sums + INTEGER_ROW * m + 4 * n, starts + 4 * n);
      pa += blocks * 4 * A_STEP;
    }
    packedB += blocks * 4 * B_STEP;
  }
}

// @ts-ignore: decorator
@inline
function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_dot_i8x16_i7x16_add_s(b, a, c);
  else return i32x4.add(i32x4.dot_i16x8_s(a, b), c);
}

function integerTile(pa: usize, pb: usize, blocks: usize, c: usize, starts: usize): void {
  const startL = v128.load(starts), startH = v128.load(starts, 16);
  let c0L = startL, c0H = startH, c1L = startL, c1H = startH, c2L = startL, c2H = startH, c3L = startL, c3H = startH;
  let p0L = startL, p0H = startH, p1L = startL, p1H = startH;
  let a: v128, bL: v128, bH: v128;
  for (; blocks > 0; blocks--) {
    // @unroll
    for (let step = 0; step < 4; step++) {
      a = v128.load(pa), bL = v128.load(pb), bH = v128.load(pb, 16);
      c0L = multiplyAdd(a, bL, c0L), c0H = multiplyAdd(a, bH, c0H), a = rotate(a);
      c1L = multiplyAdd(a, bL, c1L), c1H = multiplyAdd(a, bH, c1H), a = rotate(a);
      c2L = multiplyAdd(a, bL, c2L), c2H = multiplyAdd(a, bH, c2H), a = rotate(a);
      c3L = multiplyAdd(a, bL, c3L), c3H = multiplyAdd(a, bH, c3H);
      if (ASC_FEATURE_RELAXED_SIMD) {
        a = v128.load64_splat(pa, 16), p0L = multiplyAdd(a, bL, p0L), p0H = multiplyAdd(a, bH, p0H);
        a = swap(a), p1L = multiplyAdd(a, bL, p1L), p1H = multiplyAdd(a, bH, p1H);
      }
      pa += A_STEP, pb += B_STEP;
    }
  }
  storeRows(c, c0L, c1L, c2L, c3L);
  storeRows(c + 16, c0H, c1H, c2H, c3H);
  if (ASC_FEATURE_RELAXED_SIMD) {
    c += 4 * INTEGER_ROW;
    v128.store(c, alternate(p0L, p1L));
    v128.store(c, alternate(p0H, p1H), 16);
    v128.store(c, alternate(p1L, p0L), INTEGER_ROW);
    v128.store(c, alternate(p1H, p0H), INTEGER_ROW + 16);
  }
}

/** Stores four columns of four rows: as in tiles.ts, halves of two rotations are joined, then every other lane of two such halves. */
// @ts-ignore: decorator
@inline
function storeRows(c: usize, c0: v128, c1: v128, c2: v128, c3: v128): void {
  const x = v128.shuffle<i32>(c0, c2, 0, 1, 6, 7), y = v128.shuffle<i32>(c2, c0, 0, 1, 6, 7);
  const z = v128.shuffle<i32>(c1, c3, 0, 1, 6, 7), w = v128.shuffle<i32>(c3, c1, 0, 1, 6, 7);
  v128.store(c, alternate(x, w));
  v128.store(c, alternate(z, x), INTEGER_ROW);
  v128.store(c, alternate(y, z), 2 * INTEGER_ROW);
  v128.store(c, alternate(w, y), 3 * INTEGER_ROW);
}
