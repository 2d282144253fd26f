// Operations on four lanes that several kernels share.

/** a·b + c, fused where the tier has relaxed SIMD. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  else return f32x4.add(f32x4.mul(a, b), c);
}

/** The sum of the lanes. */
// @ts-ignore: decorator
@inline
export function sumLanes(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/** Moves each lane one place down, the first to the end. */
// @ts-ignore: decorator
@inline
export function rotate(a: v128): v128 {
  return v128.shuffle<f32>(a, a, 1, 2, 3, 0);
}

/** Swaps the lanes of each half. */
// @ts-ignore: decorator
@inline
export function swap(a: v128): v128 {
  return v128.shuffle<f32>(a, a, 1, 0, 3, 2);
}

/** Takes even lanes from one vector and odd lanes from the other. */
// @ts-ignore: decorator
@inline
export function alternate(even: v128, odd: v128): v128 {
  return v128.shuffle<f32>(even, odd, 0, 5, 2, 7);
}
