// I[m,n] = Σ_k q_mk·r_nk for small integers, and whether I exceeds u_m·P_n + z_m·U_n + v_m·Q_n + w_m·T_n: screen.ts says why
//
// Layout: both operands are packed as words (panels.ts): with relaxed SIMD a word holds four k of a row as bytes, otherwise two k as
// 16-bit integers. Row factors [rows][u, z, v, w]; latent factors five arrays of CHUNK numbers: the start of the sum (i32), P, U, Q, T.
// A mask has one bit for each latent of a chunk, 16 bytes a row.
// Work: one call screens a block of rows and latents; it divides no work.
//
// The micro-kernel is that of tiles.ts with another multiply-add. Sums of four products of 7 and 8 bits are exact in every lowering of
// the relaxed instruction: two of them stay within 16 bits.
import { A_STEP, B_STEP, MR, NR, packA, packB, packedBytes } from "./panels";
import { INPUT_OFFSET } from "./quantize";
import { CHUNK } from "./selection";
import { madd } from "./simd";

/** Bytes of the factors of a row. */
export const ROW_FACTORS: usize = 16;
/** Bytes between the arrays of factors of a chunk's latents. */
// @ts-ignore: decorator
@inline
const ARRAY: usize = CHUNK * 4;
/** Bytes of the factors of a chunk's latents. */
export const LATENT_FACTORS: usize = ARRAY * 5;
/** Bytes of a row's mask. */
export const MASK_BYTES: usize = CHUNK / 8;

/** Returns how many words a packed row has. */
// @ts-ignore: decorator
@inline
export function packedWords(W: usize): usize {
  return ASC_FEATURE_RELAXED_SIMD ? W : W * 2;
}

/** Bytes of the room that packing one panel needs. */
// @ts-ignore: decorator
@inline
export function widenedBytes(W: usize): usize {
  return ASC_FEATURE_RELAXED_SIMD ? 0 : NR * W * 8;
}

/** Packs rows of the batch [rows, W] in panels of MR. */
export function packIntegersA(to: usize, from: usize, W: usize, rows: usize, room: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) return packA(to, from, W, 1, rows, W);
  for (let m: usize = 0; m < rows; m += MR) {
    const count = min(MR, rows - m);
    widen(room, from + 4 * m * W, count * W, <i16>INPUT_OFFSET);
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

/**
 * Screens `rows` rows and `columns` latents, packed with depth `words`. Stores the mask of the candidates of each row, and returns how
 * many there are. Factors and masks have room for whole panels of rows.
 */
export function screenTiles(
  masks: usize, packedA: usize, packedB: usize, rowFactors: usize, latentFactors: usize, rows: usize, columns: usize, words: usize,
): usize {
  const blocks = (words + 3) >> 2;
  let found: usize = 0;
  for (let n: usize = 0; n < columns; n += NR) {
    const valid: i32 = n + NR <= columns ? 255 : (1 << <i32>(columns - n)) - 1;
    let pa = packedA;
    for (let m: usize = 0; m < rows; m += MR) {
      found += screenTile(
        pa, packedB, blocks, masks + MASK_BYTES * m + (n >> 3), rowFactors + ROW_FACTORS * m, latentFactors + 4 * n, valid,
      );
      pa += blocks * 4 * A_STEP;
    }
    packedB += blocks * 4 * B_STEP;
  }
  return found;
}

// @ts-ignore: decorator
@inline
function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_dot_i8x16_i7x16_add_s(b, a, c);
  else return i32x4.add(i32x4.dot_i16x8_s(a, b), c);
}

// @ts-ignore: decorator
@inline
function rotate(a: v128): v128 {
  return v128.shuffle<i32>(a, a, 1, 2, 3, 0);
}

// @ts-ignore: decorator
@inline
function swap(a: v128): v128 {
  return v128.shuffle<i32>(a, a, 1, 0, 3, 2);
}

function screenTile(pa: usize, pb: usize, blocks: usize, masks: usize, rowFactors: usize, factors: usize, valid: i32): usize {
  const startL = v128.load(factors), startH = v128.load(factors, 16);
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
  // As in tiles.ts: halves of two rotations are joined, then every other lane of two such halves.
  let x = v128.shuffle<i32>(c0L, c2L, 0, 1, 6, 7), y = v128.shuffle<i32>(c2L, c0L, 0, 1, 6, 7);
  let z = v128.shuffle<i32>(c1L, c3L, 0, 1, 6, 7), w = v128.shuffle<i32>(c3L, c1L, 0, 1, 6, 7);
  const r0 = alternate(x, w), r1 = alternate(z, x), r2 = alternate(y, z), r3 = alternate(w, y);
  x = v128.shuffle<i32>(c0H, c2H, 0, 1, 6, 7), y = v128.shuffle<i32>(c2H, c0H, 0, 1, 6, 7);
  z = v128.shuffle<i32>(c1H, c3H, 0, 1, 6, 7), w = v128.shuffle<i32>(c3H, c1H, 0, 1, 6, 7);
  let found = storeMask(masks, rowFactors, factors, r0, alternate(x, w), valid);
  found += storeMask(masks + MASK_BYTES, rowFactors + ROW_FACTORS, factors, r1, alternate(z, x), valid);
  found += storeMask(masks + 2 * MASK_BYTES, rowFactors + 2 * ROW_FACTORS, factors, r2, alternate(y, z), valid);
  found += storeMask(masks + 3 * MASK_BYTES, rowFactors + 3 * ROW_FACTORS, factors, r3, alternate(w, y), valid);
  if (ASC_FEATURE_RELAXED_SIMD) {
    const left = alternate(p0L, p1L), right = alternate(p0H, p1H);
    found += storeMask(masks + 4 * MASK_BYTES, rowFactors + 4 * ROW_FACTORS, factors, left, right, valid);
    found += storeMask(
      masks + 5 * MASK_BYTES, rowFactors + 5 * ROW_FACTORS, factors, alternate(p1L, p0L), alternate(p1H, p0H), valid,
    );
  }
  return found;
}

// @ts-ignore: decorator
@inline
function alternate(even: v128, odd: v128): v128 {
  return v128.shuffle<i32>(even, odd, 0, 5, 2, 7);
}

/** Stores which of a row's eight latents are candidates, and returns their number. A limit that is NaN excludes none. */
function storeMask(mask: usize, row: usize, factors: usize, left: v128, right: v128, valid: i32): usize {
  const silent = i32x4.bitmask(f32x4.le(f32x4.convert_i32x4_s(left), limits(row, factors))) |
    i32x4.bitmask(f32x4.le(f32x4.convert_i32x4_s(right), limits(row, factors + 16))) << 4;
  const candidates = ~silent & valid;
  store<u8>(mask, candidates);
  return popcnt<u32>(candidates);
}

// @ts-ignore: decorator
@inline
function limits(row: usize, factors: usize): v128 {
  const sum = madd(v128.load32_splat(row), v128.load(factors, ARRAY), f32x4.mul(v128.load32_splat(row, 4), v128.load(factors, 2 * ARRAY)));
  return madd(v128.load32_splat(row, 8), v128.load(factors, 3 * ARRAY),
    madd(v128.load32_splat(row, 12), v128.load(factors, 4 * ARRAY), sum));
}
