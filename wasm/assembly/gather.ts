// to_k = from_k + Σ_e f_e row_ek        for a list of (row's address, f)
//
// Layout: the list holds LIST_BYTES for each entry: u32 address, f32 value. Rows have `count` floats; `to` may be `from`.
// Work: one thread adds a list; its entries are added in their order, whatever their number.
//
// A pass adds eight, four, two or one rows, so that the accumulator is loaded and stored once for all of them.
import { madd } from "./simd";

export const LIST_BYTES: usize = 8;

// @ts-ignore: decorator
@inline
function address(list: usize, e: usize): usize {
  return <usize>load<u32>(list + 8 * e);
}

// @ts-ignore: decorator
@inline
function value(list: usize, e: usize): f32 {
  return load<f32>(list + 8 * e, 4);
}

/** Computes to = from + Σ f·row; an empty list copies. */
export function addRows(to: usize, from: usize, list: usize, entries: usize, count: usize): void {
  const bytes: usize = 4 * count;
  if (entries == 0) {
    if (to != from) memory.copy(to, from, bytes);
    return;
  }
  if (ASC_FEATURE_SIMD) {
    while (entries > 0) {
      const taken: usize = entries >= 8 ? 8 : entries >= 4 ? 4 : entries >= 2 ? 2 : 1;
      if (taken == 8) addEight(to, from, list, bytes);
      else if (taken == 4) addFour(to, from, list, bytes);
      else if (taken == 2) addTwo(to, from, list, bytes);
      else addOne(to, from, list, bytes);
      from = to;
      list += taken * LIST_BYTES;
      entries -= taken;
    }
  } else {
    for (; entries > 0; entries--, list += LIST_BYTES) {
      const row = address(list, 0), f = value(list, 0);
      for (let k: usize = 0; k < bytes; k += 4) store<f32>(to + k, load<f32>(from + k) + f * load<f32>(row + k));
      from = to;
    }
  }
}

/** Adds the elements that fill no whole vector. */
// @ts-ignore: decorator
@inline
function rest(to: usize, from: usize, list: usize, entries: usize, k: usize, bytes: usize): void {
  for (; k < bytes; k += 4) {
    let sum = load<f32>(from + k);
    for (let e: usize = 0; e < entries; e++) sum += value(list, e) * load<f32>(address(list, e) + k);
    store<f32>(to + k, sum);
  }
}

function addEight(to: usize, from: usize, list: usize, bytes: usize): void {
  let k: usize = 0;
  const r0 = address(list, 0), r1 = address(list, 1), r2 = address(list, 2), r3 = address(list, 3);
  const r4 = address(list, 4), r5 = address(list, 5), r6 = address(list, 6), r7 = address(list, 7);
  const f0 = f32x4.splat(value(list, 0)), f1 = f32x4.splat(value(list, 1));
  const f2 = f32x4.splat(value(list, 2)), f3 = f32x4.splat(value(list, 3));
  const f4 = f32x4.splat(value(list, 4)), f5 = f32x4.splat(value(list, 5));
  const f6 = f32x4.splat(value(list, 6)), f7 = f32x4.splat(value(list, 7));
  for (; k + 16 <= bytes; k += 16) {
    let sum = madd(f0, v128.load(r0 + k), v128.load(from + k));
    sum = madd(f1, v128.load(r1 + k), sum);
    sum = madd(f2, v128.load(r2 + k), sum);
    sum = madd(f3, v128.load(r3 + k), sum);
    sum = madd(f4, v128.load(r4 + k), sum);
    sum = madd(f5, v128.load(r5 + k), sum);
    sum = madd(f6, v128.load(r6 + k), sum);
    sum = madd(f7, v128.load(r7 + k), sum);
    v128.store(to + k, sum);
  }
  rest(to, from, list, 8, k, bytes);
}

function addFour(to: usize, from: usize, list: usize, bytes: usize): void {
  let k: usize = 0;
  const r0 = address(list, 0), r1 = address(list, 1), r2 = address(list, 2), r3 = address(list, 3);
  const f0 = f32x4.splat(value(list, 0)), f1 = f32x4.splat(value(list, 1));
  const f2 = f32x4.splat(value(list, 2)), f3 = f32x4.splat(value(list, 3));
  for (; k + 32 <= bytes; k += 32) {
    let sum = madd(f0, v128.load(r0 + k), v128.load(from + k));
    let next = madd(f0, v128.load(r0 + k, 16), v128.load(from + k, 16));
    sum = madd(f1, v128.load(r1 + k), sum), next = madd(f1, v128.load(r1 + k, 16), next);
    sum = madd(f2, v128.load(r2 + k), sum), next = madd(f2, v128.load(r2 + k, 16), next);
    sum = madd(f3, v128.load(r3 + k), sum), next = madd(f3, v128.load(r3 + k, 16), next);
    v128.store(to + k, sum);
    v128.store(to + k, next, 16);
  }
  rest(to, from, list, 4, k, bytes);
}

function addTwo(to: usize, from: usize, list: usize, bytes: usize): void {
  let k: usize = 0;
  const r0 = address(list, 0), r1 = address(list, 1);
  const f0 = f32x4.splat(value(list, 0)), f1 = f32x4.splat(value(list, 1));
  for (; k + 32 <= bytes; k += 32) {
    let sum = madd(f0, v128.load(r0 + k), v128.load(from + k));
    let next = madd(f0, v128.load(r0 + k, 16), v128.load(from + k, 16));
    sum = madd(f1, v128.load(r1 + k), sum), next = madd(f1, v128.load(r1 + k, 16), next);
    v128.store(to + k, sum);
    v128.store(to + k, next, 16);
  }
  rest(to, from, list, 2, k, bytes);
}

function addOne(to: usize, from: usize, list: usize, bytes: usize): void {
  let k: usize = 0;
  const r0 = address(list, 0);
  const f0 = f32x4.splat(value(list, 0));
  for (; k + 32 <= bytes; k += 32) {
    const sum = madd(f0, v128.load(r0 + k), v128.load(from + k));
    const next = madd(f0, v128.load(r0 + k, 16), v128.load(from + k, 16));
    v128.store(to + k, sum);
    v128.store(to + k, next, 16);
  }
  rest(to, from, list, 1, k, bytes);
}
