// e_j = c + Σ_{active i < p_j} f_i D_i − x      squaredErrors_j = errorScale·Σ_b Σ_k e_jbk²      G_m = gradientScale·Σ_{j ≥ m} w_j e_j
//
// Layout: codes by row, D [N, d], x [B, d], G [P, B, d]. Scratch holds one row's P residuals [P, d] and the list of its decoder rows;
// `partials` [B, P] holds a row's squared errors in float64.
// Work: threads take ranges of rows; then one item adds the rows' errors in order.
//
// A prefix's residual is the one before plus all latents between the two bounds; without such latents both prefixes share one residual.
// P·d floats stay in L1 or L2, and G is written once, from the last prefix to the first.
import { addRows, LIST_BYTES } from "./gather";
import { difference } from "./rows";
import { madd, sumLanes } from "./simd";

/** Entries of the list of decoder rows; a block with more of them takes several turns. */
const LIST: usize = 256;

/** Returns the bytes of scratch (16-byte aligned) that `sparseReverseSums` needs. */
export function sparseReverseSumsScratchBytes(d: usize, P: usize): usize {
  return LIST * LIST_BYTES + (4 * P + 63 & ~63) + (P + 1) * rowBytes(d);
}

// A row of residuals is padded by a cache line beyond a multiple of 64 bytes, so that rows do not compete for the same sets of L1.
// @ts-ignore: decorator
@inline
function rowBytes(d: usize): usize {
  return (4 * d + 63 & ~63) + 64;
}

export function sparseReverseSums(
  from: usize, to: usize, scratch: usize,
  rowOffsets: usize, indices: usize, values: usize, decoder: usize, decoderBias: usize, input: usize, bounds: usize, weights: usize,
  reverseSums: usize, partials: usize, B: usize, d: usize, P: usize, gradientScale: f64,
): void {
  const list = scratch;
  const places = list + LIST * LIST_BYTES; // address of each prefix's residual
  const residuals = places + (4 * P + 63 & ~63);
  for (let b = from; b < to; b++) {
    let current = residuals, spare = residuals + rowBytes(d);
    difference(current, decoderBias, input + 4 * b * d, d);
    let e = <usize>load<u32>(rowOffsets + 4 * b);
    const last = <usize>load<u32>(rowOffsets + 4 * b, 4);
    for (let j: usize = 0; j < P; j++) {
      const bound = load<u32>(bounds + 4 * j);
      let target = spare;
      while (e < last && load<u32>(indices + 4 * e) < bound) {
        let entries: usize = 0;
        for (; entries < LIST && e < last; entries++, e++) {
          const i = load<u32>(indices + 4 * e);
          if (i >= bound) break;
          store<u32>(list + entries * LIST_BYTES, decoder + 4 * (<usize>i) * d);
          store<f32>(list + entries * LIST_BYTES, load<f32>(values + 4 * e), 4);
        }
        addRows(target, current, list, entries, d);
        current = target;
        spare = target + rowBytes(d);
      }
      store<u32>(places + 4 * j, current);
    }
    let next: usize = 0; // G of the next prefix
    for (let j = P; j-- > 0;) {
      const residual = <usize>load<u32>(places + 4 * j);
      const g = reverseSums + 4 * (j * B + b) * d;
      const scale = <f32>(gradientScale * <f64>load<f32>(weights + 4 * j));
      store<f64>(partials + 8 * (b * P + j), accumulate(g, next, residual, scale, d));
      next = g;
    }
  }
}

/** Computes g = scale·e + next and returns Σ e². */
function accumulate(g: usize, next: usize, e: usize, scale: f32, d: usize): f64 {
  let sum: f64 = 0;
  const end = e + 4 * d;
  if (ASC_FEATURE_SIMD) {
    let s0 = f32x4.splat(0), s1 = f32x4.splat(0);
    const scales = f32x4.splat(scale);
    if (next) {
      for (; e + 32 <= end; e += 32, g += 32, next += 32) {
        const a = v128.load(e), b = v128.load(e, 16);
        s0 = madd(a, a, s0), s1 = madd(b, b, s1);
        v128.store(g, madd(scales, a, v128.load(next)));
        v128.store(g, madd(scales, b, v128.load(next, 16)), 16);
      }
    } else {
      for (; e + 32 <= end; e += 32, g += 32) {
        const a = v128.load(e), b = v128.load(e, 16);
        s0 = madd(a, a, s0), s1 = madd(b, b, s1);
        v128.store(g, f32x4.mul(scales, a));
        v128.store(g, f32x4.mul(scales, b), 16);
      }
    }
    sum = <f64>sumLanes(f32x4.add(s0, s1));
  }
  for (; e < end; e += 4, g += 4) {
    const value = load<f32>(e);
    sum += <f64>value * <f64>value;
    let total = scale * value;
    if (next) total += load<f32>(next), next += 4;
    store<f32>(g, total);
  }
  return sum;
}

/** Stores squaredErrors_j = errorScale·Σ_b partials_bj; one item. */
export function sparseReverseSumsErrors(
  from: usize, to: usize, scratch: usize, partials: usize, squaredErrors: usize, B: usize, P: usize, errorScale: f64,
): void {
  for (let j: usize = 0; j < P; j++) {
    let sum: f64 = 0;
    for (let b: usize = 0; b < B; b++) sum += load<f64>(partials + 8 * (b * P + j));
    store<f32>(squaredErrors + 4 * j, <f32>(errorScale * sum));
  }
}
