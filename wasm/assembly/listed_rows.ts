// Dot products with rows that a list names, and sums of them; SIMD tiers only
//
// Layout: row n of `rows` (u32) begins at base + rows_n·bytes and has coefficient a_n of `factors` (f32).
// Work: one thread handles a list.
import { madd, sumLanes } from "./simd";

// @ts-ignore: decorator
@inline
function rowAt(base: usize, rows: usize, n: usize, bytes: usize): usize {
  return base + <usize>load<u32>(rows + 4 * n) * bytes;
}

/** Computes to = start·scale + a₀r₀ + a₁r₁. */
export function combineTwo(to: usize, start: usize, scale: f32, base: usize, rows: usize, factors: usize, bytes: usize): void {
  const r0 = rowAt(base, rows, 0, bytes), r1 = rowAt(base, rows, 1, bytes);
  const a0 = load<f32>(factors), a1 = load<f32>(factors, 4);
  let k: usize = 0;
  const s = f32x4.splat(scale), s0 = f32x4.splat(a0), s1 = f32x4.splat(a1);
  for (; k + 32 <= bytes; k += 32) {
    let sum = f32x4.mul(s, v128.load(start + k)), next = f32x4.mul(s, v128.load(start + k, 16));
    sum = madd(s0, v128.load(r0 + k), sum), next = madd(s0, v128.load(r0 + k, 16), next);
    sum = madd(s1, v128.load(r1 + k), sum), next = madd(s1, v128.load(r1 + k, 16), next);
    v128.store(to + k, sum);
    v128.store(to + k, next, 16);
  }
  for (; k < bytes; k += 4) {
    store<f32>(to + k, scale * load<f32>(start + k) + a0 * load<f32>(r0 + k) + a1 * load<f32>(r1 + k));
  }
}

/** Computes to = start·scale + a₀r₀ + … + a₃r₃. */
export function combineFour(to: usize, start: usize, scale: f32, base: usize, rows: usize, factors: usize, bytes: usize): void {
  const r0 = rowAt(base, rows, 0, bytes), r1 = rowAt(base, rows, 1, bytes);
  const r2 = rowAt(base, rows, 2, bytes), r3 = rowAt(base, rows, 3, bytes);
  const a0 = load<f32>(factors), a1 = load<f32>(factors, 4), a2 = load<f32>(factors, 8), a3 = load<f32>(factors, 12);
  let k: usize = 0;
  const s = f32x4.splat(scale), s0 = f32x4.splat(a0), s1 = f32x4.splat(a1), s2 = f32x4.splat(a2), s3 = f32x4.splat(a3);
  for (; k + 32 <= bytes; k += 32) {
    let sum = f32x4.mul(s, v128.load(start + k)), next = f32x4.mul(s, v128.load(start + k, 16));
    sum = madd(s0, v128.load(r0 + k), sum), next = madd(s0, v128.load(r0 + k, 16), next);
    sum = madd(s1, v128.load(r1 + k), sum), next = madd(s1, v128.load(r1 + k, 16), next);
    sum = madd(s2, v128.load(r2 + k), sum), next = madd(s2, v128.load(r2 + k, 16), next);
    sum = madd(s3, v128.load(r3 + k), sum), next = madd(s3, v128.load(r3 + k, 16), next);
    v128.store(to + k, sum);
    v128.store(to + k, next, 16);
  }
  for (; k < bytes; k += 4) {
    store<f32>(
      to + k,
      scale * load<f32>(start + k) + a0 * load<f32>(r0 + k) + a1 * load<f32>(r1 + k) + a2 * load<f32>(r2 + k) + a3 * load<f32>(r3 + k),
    );
  }
}

/** Stores ⟨D, r₀⟩ and ⟨D, r₁⟩. */
export function dotTwo(to: usize, D: usize, base: usize, rows: usize, bytes: usize): void {
  const r0 = rowAt(base, rows, 0, bytes), r1 = rowAt(base, rows, 1, bytes);
  let k: usize = 0;
  let s0 = f32x4.splat(0), s1 = f32x4.splat(0), t0 = f32x4.splat(0), t1 = f32x4.splat(0);
  for (; k + 32 <= bytes; k += 32) {
    const a = v128.load(D + k), b = v128.load(D + k, 16);
    s0 = madd(a, v128.load(r0 + k), s0), t0 = madd(b, v128.load(r0 + k, 16), t0);
    s1 = madd(a, v128.load(r1 + k), s1), t1 = madd(b, v128.load(r1 + k, 16), t1);
  }
  let sum0 = sumLanes(f32x4.add(s0, t0)), sum1 = sumLanes(f32x4.add(s1, t1));
  for (; k < bytes; k += 4) {
    const value = load<f32>(D + k);
    sum0 += value * load<f32>(r0 + k);
    sum1 += value * load<f32>(r1 + k);
  }
  store<f32>(to, sum0);
  store<f32>(to, sum1, 4);
}

/** Stores ⟨D, r₀⟩ … ⟨D, r₃⟩. */
export function dotFour(to: usize, D: usize, base: usize, rows: usize, bytes: usize): void {
  const r0 = rowAt(base, rows, 0, bytes), r1 = rowAt(base, rows, 1, bytes);
  const r2 = rowAt(base, rows, 2, bytes), r3 = rowAt(base, rows, 3, bytes);
  let k: usize = 0;
  let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0);
  let t0 = f32x4.splat(0), t1 = f32x4.splat(0), t2 = f32x4.splat(0), t3 = f32x4.splat(0);
  for (; k + 32 <= bytes; k += 32) {
    const a = v128.load(D + k), b = v128.load(D + k, 16);
    s0 = madd(a, v128.load(r0 + k), s0), t0 = madd(b, v128.load(r0 + k, 16), t0);
    s1 = madd(a, v128.load(r1 + k), s1), t1 = madd(b, v128.load(r1 + k, 16), t1);
    s2 = madd(a, v128.load(r2 + k), s2), t2 = madd(b, v128.load(r2 + k, 16), t2);
    s3 = madd(a, v128.load(r3 + k), s3), t3 = madd(b, v128.load(r3 + k, 16), t3);
  }
  let sum0 = sumLanes(f32x4.add(s0, t0)), sum1 = sumLanes(f32x4.add(s1, t1));
  let sum2 = sumLanes(f32x4.add(s2, t2)), sum3 = sumLanes(f32x4.add(s3, t3));
  for (; k < bytes; k += 4) {
    const value = load<f32>(D + k);
    sum0 += value * load<f32>(r0 + k), sum1 += value * load<f32>(r1 + k);
    sum2 += value * load<f32>(r2 + k), sum3 += value * load<f32>(r3 + k);
  }
  store<f32>(to, sum0);
  store<f32>(to, sum1, 4);
  store<f32>(to, sum2, 8);
  store<f32>(to, sum3, 12);
}
