// Loops over rows of float32, of which every kernel that is not a product is made.
//
// Layout: rows need no alignment. Sums run in sixteen lanes in a fixed order, so a row's sum is the same wherever it is computed; on the
// scalar tier they run in float64.
// Work: one thread handles a row.
import { madd, sumLanes } from "./simd";

/** Returns Σ_k a_k b_k. */
export function dot(a: usize, b: usize, count: usize): f32 {
  const end = a + 4 * count;
  if (ASC_FEATURE_SIMD) {
    let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0);
    for (; a + 64 <= end; a += 64, b += 64) {
      s0 = madd(v128.load(a), v128.load(b), s0);
      s1 = madd(v128.load(a, 16), v128.load(b, 16), s1);
      s2 = madd(v128.load(a, 32), v128.load(b, 32), s2);
      s3 = madd(v128.load(a, 48), v128.load(b, 48), s3);
    }
    for (; a + 16 <= end; a += 16, b += 16) s0 = madd(v128.load(a), v128.load(b), s0);
    let sum = sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
    for (; a < end; a += 4, b += 4) sum += load<f32>(a) * load<f32>(b);
    return sum;
  } else {
    let sum: f64 = 0;
    for (; a < end; a += 4, b += 4) sum += <f64>load<f32>(a) * <f64>load<f32>(b);
    return <f32>sum;
  }
}

/** Returns Σ_k a_k², for rows short enough for float32: up to some thousands. */
export function sumOfSquares(a: usize, count: usize): f32 {
  return dot(a, a, count);
}

/** to_k ← to_k + scale·from_k */
export function addScaled(to: usize, from: usize, scale: f32, count: usize): void {
  const end = to + 4 * count;
  if (ASC_FEATURE_SIMD) {
    const s = f32x4.splat(scale);
    for (; to + 64 <= end; to += 64, from += 64) {
      v128.store(to, madd(s, v128.load(from), v128.load(to)));
      v128.store(to, madd(s, v128.load(from, 16), v128.load(to, 16)), 16);
      v128.store(to, madd(s, v128.load(from, 32), v128.load(to, 32)), 32);
      v128.store(to, madd(s, v128.load(from, 48), v128.load(to, 48)), 48);
    }
    for (; to + 16 <= end; to += 16, from += 16) v128.store(to, madd(s, v128.load(from), v128.load(to)));
  }
  for (; to < end; to += 4, from += 4) store<f32>(to, load<f32>(to) + scale * load<f32>(from));
}

/** to_k ← scale·from_k */
export function scaled(to: usize, from: usize, scale: f32, count: usize): void {
  const end = to + 4 * count;
  if (ASC_FEATURE_SIMD) {
    const s = f32x4.splat(scale);
    for (; to + 16 <= end; to += 16, from += 16) v128.store(to, f32x4.mul(s, v128.load(from)));
  }
  for (; to < end; to += 4, from += 4) store<f32>(to, scale * load<f32>(from));
}

/** to_k ← a_k − b_k */
export function difference(to: usize, a: usize, b: usize, count: usize): void {
  const end = to + 4 * count;
  if (ASC_FEATURE_SIMD) {
    for (; to + 16 <= end; to += 16, a += 16, b += 16) v128.store(to, f32x4.sub(v128.load(a), v128.load(b)));
  }
  for (; to < end; to += 4, a += 4, b += 4) store<f32>(to, load<f32>(a) - load<f32>(b));
}

/** to_k ← to_k + from_k */
export function add(to: usize, from: usize, count: usize): void {
  const end = to + 4 * count;
  if (ASC_FEATURE_SIMD) {
    for (; to + 16 <= end; to += 16, from += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
  }
  for (; to < end; to += 4, from += 4) store<f32>(to, load<f32>(to) + load<f32>(from));
}

/** to_k ← scale·to_k + addend_k */
export function scaledPlus(to: usize, scale: f32, addend: usize, count: usize): void {
  const end = to + 4 * count;
  if (ASC_FEATURE_SIMD) {
    const s = f32x4.splat(scale);
    for (; to + 16 <= end; to += 16, addend += 16) v128.store(to, madd(s, v128.load(to), v128.load(addend)));
  }
  for (; to < end; to += 4, addend += 4) store<f32>(to, scale * load<f32>(to) + load<f32>(addend));
}

const SUM_WIDTH: usize = 1024;
const SUM_ROWS: usize = 64;

/** Rows that a sum over rows adds in registers; not more, because rows 2ⁿ bytes apart share the 12 ways of one set of L1. */
export const STRIP: usize = 8;

/** Bytes of scratch that `columnSums` needs. */
export const SUM_BYTES: usize = 4 * SUM_WIDTH;

/**
 * to_k ← Σ_r weight_r·from_{r,k} over rows `stride` floats apart, in blocks of 64 rows; where `weights` is 0, every weight is 1. It goes
 * row by row, which reads [8192, 512] at three quarters of the copy bandwidth; strips of eight rows in registers reached a quarter.
 */
export function columnSums(
  to: usize, from: usize, stride: usize, rows: usize, count: usize, weights: usize, scratch: usize,
): void {
  while (count > 0) {
    const width = min(SUM_WIDTH, count);
    memory.fill(to, 0, 4 * width);
    for (let r: usize = 0; r < rows;) {
      memory.fill(scratch, 0, 4 * width);
      for (const end = min(r + SUM_ROWS, rows); r < end; r++) {
        if (weights) addScaled(scratch, from + 4 * r * stride, load<f32>(weights + 4 * r), width);
        else add(scratch, from + 4 * r * stride, width);
      }
      add(to, scratch, width);
    }
    to += 4 * width, from += 4 * width, count -= width;
  }
}
