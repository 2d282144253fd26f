// Rows as small integers: s = max|v|/levels, q_k = v_k/s to the nearest integer, and the norms that bound the error
//
// Layout: values are float32; q_k + offset are bytes, four to a word, padded with zeros; bounds hold s, ‖v‖, ‖v − s·q‖ and, for rows of
// the batch, ‖s·q‖ or, for latents, 64·Σ q_k.
// Work: items are rows. Norms are rounded like any sum in float32: what that may hide is added where they are used (screen.ts).
import { madd, sumLanes } from "./simd";

// @ts-ignore: decorator
@inline
const INPUT_LEVELS: f32 = 63;
// @ts-ignore: decorator
@inline
const WEIGHT_LEVELS: f32 = 127;
/** Makes the quantised inputs unsigned, as the integer product wants them. */
export const INPUT_OFFSET: i32 = 64;
/** The least scale, 2⁻⁸⁰: neither a scale nor its inverse leaves float32's range. */
// @ts-ignore: decorator
@inline
const LEAST_SCALE: f32 = reinterpret<f32>((127 - 80) << 23);
/** Bytes of the bounds of a row. */
export const BOUNDS_BYTES: usize = 16;

export function quantizeRows(
  from: usize, to: usize, scratch: usize, input: usize, quantized: usize, bounds: usize, d: usize, W: usize,
): void {
  for (let b = from; b < to; b++) {
    quantizeRow(input + 4 * b * d, d, quantized + 4 * b * W, bounds + BOUNDS_BYTES * b, INPUT_LEVELS, INPUT_OFFSET);
  }
}

export function quantizeLatents(
  from: usize, to: usize, scratch: usize, encoder: usize, quantized: usize, bounds: usize, d: usize, W: usize,
): void {
  for (let i = from; i < to; i++) quantizeLatent(encoder + 4 * i * d, d, quantized + 4 * i * W, bounds + BOUNDS_BYTES * i);
}

/** Quantises a row of the encoder. */
export function quantizeLatent(row: usize, d: usize, words: usize, bounds: usize): void {
  quantizeRow(row, d, words, bounds, WEIGHT_LEVELS, 0);
}

function quantizeRow(values: usize, count: usize, bytes: usize, bounds: usize, levels: f32, offset: i32): void {
  const scale = max(largestSize(values, count) / levels, LEAST_SCALE), inverse: f32 = 1 / scale;
  let square: f32 = 0, error: f32 = 0, sum: i32 = 0, squares: i32 = 0;
  const end = values + 4 * count, padded = bytes + (count + 3 & ~3);
  if (ASC_FEATURE_SIMD) {
    const scales = f32x4.splat(scale), inverses = f32x4.splat(inverse), offsets = i8x16.splat(<i8>offset);
    let squares4 = f32x4.splat(0), errors4 = f32x4.splat(0), sums4 = i32x4.splat(0), integers4 = i32x4.splat(0);
    const ones = i16x8.splat(1);
    for (; values + 64 <= end; values += 64, bytes += 16) {
      const a = v128.load(values), b = v128.load(values, 16), c = v128.load(values, 32), d = v128.load(values, 48);
      squares4 = madd(a, a, madd(b, b, madd(c, c, madd(d, d, squares4))));
      const qa = f32x4.nearest(f32x4.mul(a, inverses)), qb = f32x4.nearest(f32x4.mul(b, inverses));
      const qc = f32x4.nearest(f32x4.mul(c, inverses)), qd = f32x4.nearest(f32x4.mul(d, inverses));
      const ea = f32x4.sub(a, f32x4.mul(qa, scales)), eb = f32x4.sub(b, f32x4.mul(qb, scales));
      const ec = f32x4.sub(c, f32x4.mul(qc, scales)), ed = f32x4.sub(d, f32x4.mul(qd, scales));
      errors4 = madd(ea, ea, madd(eb, eb, madd(ec, ec, madd(ed, ed, errors4))));
      const low = i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(qa), i32x4.trunc_sat_f32x4_s(qb));
      const high = i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(qc), i32x4.trunc_sat_f32x4_s(qd));
      sums4 = i32x4.add(sums4, i32x4.add(i32x4.dot_i16x8_s(low, ones), i32x4.dot_i16x8_s(high, ones)));
      integers4 = i32x4.add(integers4, i32x4.add(i32x4.dot_i16x8_s(low, low), i32x4.dot_i16x8_s(high, high)));
      v128.store(bytes, i8x16.add(i8x16.narrow_i16x8_s(low, high), offsets));
    }
    square = sumLanes(squares4), error = sumLanes(errors4);
    sum = sumIntegers(sums4), squares = sumIntegers(integers4);
  }
  for (; values < end; values += 4, bytes++) {
    const value = load<f32>(values), q = nearest(value * inverse), rest = value - q * scale;
    // The bounds of a row with a NaN are NaN, so its integers exclude nothing.
    const integer = isNaN(q) ? 0 : <i32>q;
    square += value * value, error += rest * rest;
    sum += integer, squares += integer * integer;
    store<u8>(bytes, integer + offset);
  }
  for (; bytes < padded; bytes++) store<u8>(bytes, 0);
  store<f32>(bounds, scale);
  store<f32>(bounds, sqrt(square), 4);
  store<f32>(bounds, sqrt(error), 8);
  store<f32>(bounds, offset ? scale * <f32>Math.sqrt(<f64>squares) : <f32>(INPUT_OFFSET * sum), 12);
}

/** Returns max|v|. */
function largestSize(values: usize, count: usize): f32 {
  const end = values + 4 * count;
  let largest: f32 = 0;
  if (ASC_FEATURE_SIMD) {
    let a = f32x4.splat(0), b = f32x4.splat(0);
    for (; values + 32 <= end; values += 32) {
      a = f32x4.max(a, f32x4.abs(v128.load(values)));
      b = f32x4.max(b, f32x4.abs(v128.load(values, 16)));
    }
    a = f32x4.max(a, b);
    largest = max(
      max(f32x4.extract_lane(a, 0), f32x4.extract_lane(a, 1)),
      max(f32x4.extract_lane(a, 2), f32x4.extract_lane(a, 3)),
    );
  }
  for (; values < end; values += 4) largest = max(largest, abs(load<f32>(values)));
  return largest;
}

function sumIntegers(v: v128): i32 {
  return i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3);
}
