// values_e = float16 number e
//
// Layout: packed holds B·d numbers of 16 bits, two to a word; values [B, d].
// Work: items are numbers. The bits of a float16, shifted left by 13, are those of a float32 that is too small by a factor of 2¹¹²,
// subnormals included, and the product with 2¹¹² is exact because WebAssembly never flushes subnormals.

// @ts-ignore: decorator
@inline
const REBIAS: f32 = reinterpret<f32>((112 + 127) << 23); // 2¹¹²

export function expandFloat16(
  from: usize, to: usize, scratch: usize, packed: usize, values: usize,
): void {
  let e = from;
  if (ASC_FEATURE_SIMD) {
    const rebias = f32x4.splat(REBIAS), size = i32x4.splat(0x7fff), sign = i32x4.splat(0x8000);
    for (; e + 4 <= to; e += 4) {
      const bits = v128.load_ext<u16>(packed + 2 * e);
      const small = i32x4.shl(v128.and(bits, size), 13);
      const signs = i32x4.shl(v128.and(bits, sign), 16);
      v128.store(values + 4 * e, v128.or(f32x4.mul(small, rebias), signs));
    }
  }
  for (; e < to; e++) {
    const bits = <u32>load<u16>(packed + 2 * e);
    const value = reinterpret<f32>((bits & 0x7fff) << 13) * REBIAS;
    store<u32>(values + 4 * e, reinterpret<u32>(value) | (bits & 0x8000) << 16);
  }
}
