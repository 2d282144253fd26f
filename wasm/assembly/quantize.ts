// Rows as small integers: s = max|v|/levels, q_k = v_k/s to the nearest integer, and the norms that bound the error
//
// Layout: values are float32; q_k + offset are bytes, four to a word, padded with zeros; bounds hold s, ‖v‖, ‖v − s·q‖ and, for rows of
// the batch, ‖s·q‖ or, for latents, 64·Σ q_k. Rows of the batch have a second digit, in units of s/128, and the error that it leaves.
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
/** How many units of the second digit make one of the first. */
export const SECOND_DIGIT: f32 = 128;
/** Bytes of the bounds of a latent, and of a row of the batch. */
export const LATENT_BOUNDS: usize = 16;
export const ROW_BOUNDS: usize = 20;

export function quantizeRows(
  from: usize, to: usize, scratch: usize, input: usize, quantized: usize, bounds: usize, d: usize, W: usize,
): void {
  for (let b = from; b < to; b++) {
    const row = input + 4 * b * d, words = quantized + 8 * b * W;
    quantizeRow(row, d, words, bounds + ROW_BOUNDS * b, INPUT_LEVELS, INPUT_OFFSET);
    secondDigits(row, d, words + 4 * W, bounds + ROW_BOUNDS * b);
  }
}

export function quantizeLatents(
  from: usize, to: usize, scratch: usize, encoder: usize, quantized: usize, bounds: usize, d: usize, W: usize,
): void {
  for (let i = from; i < to; i++) quantizeLatent(encoder + 4 * i * d, d, quantized + 4 * i * W, bounds + LATENT_BOUNDS * i);
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
      const qa = raise(a, inverses), qb = raise(b, inverses), qc = raise(c, inverses), qd = raise(d, inverses);
      const ea = restOf(a, qa, scales), eb = restOf(b, qb, scales), ec = restOf(c, qc, scales), ed = restOf(d, qd, scales);
      errors4 = madd(ea, ea, madd(eb, eb, madd(ec, ec, madd(ed, ed, errors4))));
      const low = i16x8.narrow_i32x4_s(integersOf(qa), integersOf(qb)), high = i16x8.narrow_i32x4_s(integersOf(qc), integersOf(qd));
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

/** Stores the second digit of a row of the batch, from its scale, and the norm of the error that is left. */
function secondDigits(values: usize, count: usize, bytes: usize, bounds: usize): void {
  const scale = load<f32>(bounds), inverse: f32 = 1 / scale, unit = scale / SECOND_DIGIT, inverseUnit = inverse * SECOND_DIGIT;
  const end = values + 4 * count, padded = bytes + (count + 3 & ~3);
  let error: f32 = 0;
  if (ASC_FEATURE_SIMD) {
    const scales = f32x4.splat(scale), inverses = f32x4.splat(inverse), units = f32x4.splat(unit);
    const inverseUnits = f32x4.splat(inverseUnit), least = i8x16.splat(<i8>-INPUT_LEVELS), most = i8x16.splat(<i8>INPUT_LEVELS);
    let errors4 = f32x4.splat(0);
    for (; values + 64 <= end; values += 64, bytes += 16) {
      const a = v128.load(values), b = v128.load(values, 16), c = v128.load(values, 32), d = v128.load(values, 48);
      const ra = restOf(a, raise(a, inverses), scales), rb = restOf(b, raise(b, inverses), scales);
      const rc = restOf(c, raise(c, inverses), scales), rd = restOf(d, raise(d, inverses), scales);
      const low = i16x8.narrow_i32x4_s(integersOf(raise(ra, inverseUnits)), integersOf(raise(rb, inverseUnits)));
      const high = i16x8.narrow_i32x4_s(integersOf(raise(rc, inverseUnits)), integersOf(raise(rd, inverseUnits)));
      const digits = i8x16.max_s(i8x16.min_s(i8x16.narrow_i16x8_s(low, high), most), least);
      const first = i16x8.extend_low_i8x16_s(digits), last = i16x8.extend_high_i8x16_s(digits);
      const ea = errorOf(ra, i32x4.extend_low_i16x8_s(first), units), eb = errorOf(rb, i32x4.extend_high_i16x8_s(first), units);
      const ec = errorOf(rc, i32x4.extend_low_i16x8_s(last), units), ed = errorOf(rd, i32x4.extend_high_i16x8_s(last), units);
      errors4 = madd(ea, ea, madd(eb, eb, madd(ec, ec, madd(ed, ed, errors4))));
      v128.store(bytes, i8x16.add(digits, i8x16.splat(<i8>INPUT_OFFSET)));
    }
    error = sumLanes(errors4);
  }
  for (; values < end; values += 4, bytes++) {
    const value = load<f32>(values), rest = value - nearest(value * inverse) * scale;
    const q = min(max(nearest(rest * inverseUnit), -INPUT_LEVELS), INPUT_LEVELS), e = rest - q * unit;
    error += e * e;
    store<u8>(bytes, (isNaN(q) ? 0 : <i32>q) + INPUT_OFFSET);
  }
  for (; bytes < padded; bytes++) store<u8>(bytes, 0);
  store<f32>(bounds, sqrt(error), 16);
}

// Adding 1.5·2²³ rounds to the nearest integer, whose low bits are then those of the sum. Conversions that care for NaN take longer.
// @ts-ignore: decorator
@inline
const RAISED: f32 = 12582912;

// @ts-ignore: decorator
@inline
function raise(values: v128, inverses: v128): v128 {
  return f32x4.add(f32x4.mul(values, inverses), f32x4.splat(RAISED));
}

// @ts-ignore: decorator
@inline
function integersOf(raised: v128): v128 {
  return i32x4.sub(raised, i32x4.splat(reinterpret<i32>(RAISED)));
}

// @ts-ignore: decorator
@inline
function restOf(values: v128, raised: v128, scales: v128): v128 {
  return f32x4.sub(values, f32x4.mul(f32x4.sub(raised, f32x4.splat(RAISED)), scales));
}

// @ts-ignore: decorator
@inline
function errorOf(rest: v128, digits: v128, units: v128): v128 {
  return f32x4.sub(rest, f32x4.mul(f32x4.convert_i32x4_s(digits), units));
}

/** Returns max|v|. */
function largestSize(values: usize, count: usize): f32 {
  const end = values + 4 * count;
  let largest: f32 = 0;
  if (ASC_FEATURE_SIMD) {
    let a = f32x4.splat(0), b = f32x4.splat(0);
    for (; values + 32 <= end; values += 32) {
      a = f32x4.pmax(a, f32x4.abs(v128.load(values)));
      b = f32x4.pmax(b, f32x4.abs(v128.load(values, 16)));
    }
    a = f32x4.pmax(a, b);
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
