// to_k = the float32 number that weight k of a stored row stands for
//
// Layout: a row begins at a whole word. float16 and bfloat16 have two numbers to a word, int8 has four. int8 has a scale per row: the
// weight is scale·r, rounded to float32.
// Work: one thread expands a row. Every expansion is exact but int8's, which rounds once on every tier.
import { Stored } from "./codes";
import { expandFloat16 } from "./expand_float16";

/** Returns how many bytes a row of `d` stored weights takes. */
export function storedRowBytes(d: usize, type: i32): usize {
  if (type == Stored.f32) return 4 * d;
  return type == Stored.int8 ? 4 * ((d + 3) / 4) : 4 * ((d + 1) / 2);
}

/** Writes `d` float32 numbers to `to`; only int8 reads `scale`. */
export function expandRow(to: usize, row: usize, d: usize, type: i32, scale: f32): void {
  if (type == Stored.int8) expandInt8(to, row, d, scale);
  else if (type == Stored.bf16) expandBfloat16(to, row, d);
  else if (type == Stored.f16) expandFloat16(0, d, 0, row, to);
  else memory.copy(to, row, 4 * d);
}

function expandBfloat16(to: usize, row: usize, d: usize): void {
  let k: usize = 0;
  if (ASC_FEATURE_SIMD) {
    for (; k + 4 <= d; k += 4) v128.store(to + 4 * k, i32x4.shl(v128.load_ext<u16>(row + 2 * k), 16));
  }
  for (; k < d; k++) store<u32>(to + 4 * k, <u32>load<u16>(row + 2 * k) << 16);
}

function expandInt8(to: usize, row: usize, d: usize, scale: f32): void {
  let k: usize = 0;
  if (ASC_FEATURE_SIMD) {
    const s = f32x4.splat(scale);
    for (; k + 8 <= d; k += 8) {
      const bytes = v128.load_ext<i8>(row + k);
      v128.store(to + 4 * k, f32x4.mul(s, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(bytes))));
      v128.store(to + 4 * k, f32x4.mul(s, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(bytes))), 16);
    }
  }
  for (; k < d; k++) store<f32>(to + 4 * k, scale * <f32>load<i8>(row + k));
}
