// values_e = the half e: 16 bits each, one after the other.
//
// Layout: halves [B·d] in words, values [B, d].
// Work: items are halves. Shifted by 13, a half is a float32 too small by 2¹¹², subnormals included, and the product is exact: WebAssembly
// never flushes.

// @ts-ignore: decorator
@inline
const REBIAS: f32 = reinterpret<f32>((112 + 127) << 23); // 2¹¹²

export function expandHalves(
  from: usize, to: usize, scratch: usize, halves: usize, values: usize,
): void {
  let e = from;
  if (ASC_FEATURE_SIMD) {
    const rebias = f32x4.splat(REBIAS), size = i32x4.splat(0x7fff), sign = i32x4.splat(0x8000);
    for (; e + 4 <= to; e += 4) {
      const half = v128.load_ext<u16>(halves + 2 * e);
      const small = i32x4.shl(v128.and(half, size), 13);
      const signs = i32x4.shl(v128.and(half, sign), 16);
      v128.store(values + 4 * e, v128.or(f32x4.mul(small, rebias), signs));
    }
  }
  for (; e < to; e++) {
    const half = <u32>load<u16>(halves + 2 * e);
    const value = reinterpret<f32>((half & 0x7fff) << 13) * REBIAS;
    store<u32>(values + 4 * e, reinterpret<u32>(value) | (half & 0x8000) << 16);
  }
}
