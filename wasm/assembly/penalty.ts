// φ(a) = log(a + ε) − offset | a | tanh(ε a) | 1 where a > 0 | 0        φ′(a) = 1/(a + ε) | 1 | ε (1 − tanh²(ε a)) | 0 | 0
// for a = |f|·‖D_i‖ ≥ 0, by kind: log | l1 | tanh | l0 | none
//
// Exports (the …4 forms take and return four values, the others one; on SIMD tiers both give the same bits):
//   penaltyOffset(kind, ε, subtract)          log ε, computed as below so that φ(0) is exactly 0, or 0 where nothing is subtracted
//   penaltyValue(kind, ε, offset, a)          penaltyValue4
//   penaltySlope(kind, ε, a)                  penaltySlope4
//   penaltySum(kind, ε, offset, values, norm, count)     Σ φ(|values_n|·norm), in blocks of 256
//   logarithm(x)                              logarithm4
//   exponent(x), mantissa(x)                  exponent4, mantissa4     x = 2ᵉ·m with √½ ≤ m < √2, for normal x > 0
//   weightOf(norms, i)                        ‖D_i‖, or 1 where `norms` is 0: a penalty on |f| alone
//   weightsAt(norms), weightStep(norms)       where the weights begin, and how far apart they lie: four ones, 0 apart, where `norms` is 0
// wasm/plans/penalty.ts translates the constants of a kernel to kind, ε and norms.
//
// The logarithm: x = 2ᵉ·m with √½ ≤ m < √2, and log m = r − r²/2 + r³·P(r) with r = m − 1; P and the two parts of ln 2 are those of
// Cephes' logf. Its error against float64, measured over every float32 > 0, fused and not, is at most 0.81 ulp, or 2⁻²⁵·² where
// |log x| < ½; log 0 = −∞, and a NaN stays one. Constants lie in memory because V8 rebuilds a v128 constant at every use.

import { Penalty } from "./codes";
import { tangent, tangent4, tangentSlope, tangentSlope4 } from "./exponential";
import { madd, sumLanes } from "./simd";

const SQRT_HALF: i32 = 0x3f3504f3; // the bits of √½
const LEAST: i32 = 0x00800000; // the bits of the least normal number
const NORMALS: i32 = 0x7f000000; // the number of bit patterns that are normal and positive

const INTEGERS = memory.data<i32>([
  0x00800000, 0x00800000, 0x00800000, 0x00800000,
  0x7f000000, 0x7f000000, 0x7f000000, 0x7f000000,
  0x3f3504f3, 0x3f3504f3, 0x3f3504f3, 0x3f3504f3,
  0x007fffff, 0x007fffff, 0x007fffff, 0x007fffff,
]);
const FLOATS = memory.data<f32>([
  1, 1, 1, 1,
  0.070376836292, 0.070376836292, 0.070376836292, 0.070376836292,
  -0.11514610310, -0.11514610310, -0.11514610310, -0.11514610310,
  0.11676998740, 0.11676998740, 0.11676998740, 0.11676998740,
  -0.12420140846, -0.12420140846, -0.12420140846, -0.12420140846,
  0.14249322787, 0.14249322787, 0.14249322787, 0.14249322787,
  -0.16668057665, -0.16668057665, -0.16668057665, -0.16668057665,
  0.20000714765, 0.20000714765, 0.20000714765, 0.20000714765,
  -0.24999993993, -0.24999993993, -0.24999993993, -0.24999993993,
  0.33333331174, 0.33333331174, 0.33333331174, 0.33333331174,
  -0.5, -0.5, -0.5, -0.5,
  0.693359375, 0.693359375, 0.693359375, 0.693359375,
  -0.000212194440, -0.000212194440, -0.000212194440, -0.000212194440,
]);

// @ts-ignore: decorator
@inline
function float(n: usize): v128 {
  return v128.load(FLOATS + 16 * n);
}

// @ts-ignore: decorator
@inline
export function exponent(x: f32): i32 {
  return (reinterpret<i32>(x) - SQRT_HALF) >> 23;
}

// @ts-ignore: decorator
@inline
export function mantissa(x: f32): f32 {
  return reinterpret<f32>(((reinterpret<i32>(x) - SQRT_HALF) & 0x007fffff) + SQRT_HALF);
}

// @ts-ignore: decorator
@inline
export function exponent4(x: v128): v128 {
  return i32x4.shr_s(i32x4.sub(x, v128.load(INTEGERS, 32)), 23);
}

// @ts-ignore: decorator
@inline
export function mantissa4(x: v128): v128 {
  const shifted = i32x4.sub(x, v128.load(INTEGERS, 32));
  return i32x4.add(v128.and(shifted, v128.load(INTEGERS, 48)), v128.load(INTEGERS, 32));
}

/** Returns log x of four x ≥ 0. */
export function logarithm4(x: v128): v128 {
  if (v128.any_true(i32x4.ge_u(i32x4.sub(x, v128.load(INTEGERS)), v128.load(INTEGERS, 16)))) return rareLogarithm4(x);
  const e = f32x4.convert_i32x4_s(exponent4(x));
  const r = f32x4.sub(mantissa4(x), float(0));
  let p = madd(r, float(1), float(2));
  p = madd(p, r, float(3));
  p = madd(p, r, float(4));
  p = madd(p, r, float(5));
  p = madd(p, r, float(6));
  p = madd(p, r, float(7));
  p = madd(p, r, float(8));
  p = madd(p, r, float(9));
  const r2 = f32x4.mul(r, r);
  // Small terms first: e·(ln 2's low part) and r³·P(r), then −r²/2, r, e·(its high part, exact).
  p = madd(r2, float(10), madd(e, float(12), f32x4.mul(p, f32x4.mul(r, r2))));
  return madd(e, float(11), f32x4.add(r, p));
}

/** Returns log x of four x ≥ 0 of which one is 0, subnormal, infinite or NaN. */
function rareLogarithm4(x: v128): v128 {
  let y = f32x4.splat(logarithm(f32x4.extract_lane(x, 0)));
  y = f32x4.replace_lane(y, 1, logarithm(f32x4.extract_lane(x, 1)));
  y = f32x4.replace_lane(y, 2, logarithm(f32x4.extract_lane(x, 2)));
  return f32x4.replace_lane(y, 3, logarithm(f32x4.extract_lane(x, 3)));
}

/** Returns log x of one x ≥ 0. */
export function logarithm(x: f32): f32 {
  const bits = reinterpret<i32>(x);
  if (<u32>(bits - LEAST) >= <u32>NORMALS) {
    if (x == 0) return -Infinity;
    if (x > 0 && x < 1) return logarithm(x * 8388608) - <f32>15.942385152878742; // a subnormal, times 2²³
    return x > 0 ? x : NaN;
  }
  if (ASC_FEATURE_SIMD) return f32x4.extract_lane(logarithm4(f32x4.splat(x)), 0);
  const e = <f32>exponent(x);
  const r = mantissa(x) - 1;
  let p = load<f32>(FLOATS, 16);
  for (let n: usize = 2; n <= 9; n++) p = p * r + load<f32>(FLOATS + 16 * n);
  p = r * r * load<f32>(FLOATS, 160) + (e * load<f32>(FLOATS, 192) + p * (r * (r * r)));
  return e * load<f32>(FLOATS, 176) + (r + p);
}

// @ts-ignore: decorator
@inline
export function weightOf(norms: usize, i: usize): f32 {
  return norms ? load<f32>(norms + 4 * i) : 1;
}

// @ts-ignore: decorator
@inline
export function weightsAt(norms: usize): usize {
  return norms ? norms : FLOATS;
}

// @ts-ignore: decorator
@inline
export function weightStep(norms: usize): usize {
  return norms ? 4 : 0;
}

export function penaltyOffset(kind: i32, epsilon: f32, subtract: i32): f32 {
  return kind == Penalty.log && subtract ? logarithm(epsilon) : 0;
}

// @ts-ignore: decorator
@inline
export function penaltyValue(kind: i32, epsilon: f32, offset: f32, a: f32): f32 {
  if (kind == Penalty.log) return logarithm(a + epsilon) - offset;
  if (kind == Penalty.tanh) return tangent(a * epsilon);
  return kind == Penalty.l1 ? a : <f32>(kind == Penalty.l0 && a > 0);
}

// @ts-ignore: decorator
@inline
export function penaltySlope(kind: i32, epsilon: f32, a: f32): f32 {
  if (kind == Penalty.log) return 1 / (a + epsilon);
  return kind == Penalty.tanh ? epsilon * tangentSlope(a * epsilon) : kind == Penalty.l1 ? 1 : 0;
}

// @ts-ignore: decorator
@inline
export function penaltyValue4(kind: i32, epsilon: v128, offset: v128, a: v128): v128 {
  if (kind == Penalty.log) return f32x4.sub(logarithm4(f32x4.add(a, epsilon)), offset);
  if (kind == Penalty.tanh) return tangent4(f32x4.mul(a, epsilon));
  if (kind == Penalty.l1) return a;
  return kind == Penalty.l0 ? v128.and(f32x4.gt(a, f32x4.splat(0)), float(0)) : f32x4.splat(0);
}

// @ts-ignore: decorator
@inline
export function penaltySlope4(kind: i32, epsilon: v128, a: v128): v128 {
  if (kind == Penalty.log) return f32x4.div(float(0), f32x4.add(a, epsilon));
  if (kind == Penalty.tanh) return f32x4.mul(epsilon, tangentSlope4(f32x4.mul(a, epsilon)));
  return kind == Penalty.l1 ? float(0) : f32x4.splat(0);
}

/** Returns Σ φ(|values_n|·norm) over `count` values, in blocks of 256: float32 within a block, float64 across blocks. */
export function penaltySum(kind: i32, epsilon: f32, offset: f32, values: usize, norm: f32, count: usize): f64 {
  let sum: f64 = 0;
  if (kind == Penalty.none) return sum;
  while (count > 0) {
    const end = values + 4 * min(count, 256);
    let block: f32 = 0;
    if (ASC_FEATURE_SIMD) {
      const epsilon4 = f32x4.splat(epsilon), offset4 = f32x4.splat(offset), norm4 = f32x4.splat(norm);
      let blocks = f32x4.splat(0);
      for (; values + 16 <= end; values += 16) {
        const a = f32x4.mul(f32x4.abs(v128.load(values)), norm4);
        blocks = f32x4.add(blocks, penaltyValue4(kind, epsilon4, offset4, a));
      }
      block = sumLanes(blocks);
    }
    for (; values < end; values += 4) block += penaltyValue(kind, epsilon, offset, Mathf.abs(load<f32>(values)) * norm);
    sum += block;
    count -= min(count, 256);
  }
  return sum;
}
