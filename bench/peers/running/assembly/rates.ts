// AssemblyScript: compiled by ../rates.ts, never run as TypeScript.

/**
 * `turns` × 48 multiply-adds of four floats in registers: twelve chains, since a multiply-add takes
 * four cycles and two can start in each. The constants are loaded: V8 rebuilds v128 constants at
 * every use. c ← c·0.5 + 1 neither overflows nor becomes subnormal.
 */
export function multiplyAdds(turns: i32): f32 {
  const a = v128.load(0), b = v128.load(16);
  let c0 = b,
    c1 = b,
    c2 = b,
    c3 = b,
    c4 = b,
    c5 = b,
    c6 = b,
    c7 = b,
    c8 = b,
    c9 = b,
    c10 = b,
    c11 = b;
  for (; turns > 0; turns--) {
    for (let unrolled = 0; unrolled < 4; unrolled++) {
      c0 = f32x4.relaxed_madd(c0, a, b);
      c1 = f32x4.relaxed_madd(c1, a, b);
      c2 = f32x4.relaxed_madd(c2, a, b);
      c3 = f32x4.relaxed_madd(c3, a, b);
      c4 = f32x4.relaxed_madd(c4, a, b);
      c5 = f32x4.relaxed_madd(c5, a, b);
      c6 = f32x4.relaxed_madd(c6, a, b);
      c7 = f32x4.relaxed_madd(c7, a, b);
      c8 = f32x4.relaxed_madd(c8, a, b);
      c9 = f32x4.relaxed_madd(c9, a, b);
      c10 = f32x4.relaxed_madd(c10, a, b);
      c11 = f32x4.relaxed_madd(c11, a, b);
    }
  }
  c0 = f32x4.add(f32x4.add(f32x4.add(c0, c1), f32x4.add(c2, c3)), f32x4.add(c4, c5));
  c6 = f32x4.add(f32x4.add(f32x4.add(c6, c7), f32x4.add(c8, c9)), f32x4.add(c10, c11));
  return f32x4.extract_lane(f32x4.add(c0, c6), 0);
}

/** Copies `bytes` from `from` to `to`. */
export function copy(to: usize, from: usize, bytes: usize): void {
  memory.copy(to, from, bytes);
}
