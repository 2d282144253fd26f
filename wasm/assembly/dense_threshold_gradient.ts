// The straight-through gradient of the thresholds (window.ts has the formula), from all pre-activations
//
// Layout: pre [B, N]; G [P, B, d]; D [N, d]; θ and ∂θ [N]; n [N], or 0 where every weight is 1. Scratch holds a window, the rows' numbers,
// and the pre-activations of COLUMNS latents, transposed: columns of [B, N] lie a power of two apart and would share sets of a cache.
// Work: items are latents, COLUMNS at a time.
import { penaltyWeight } from "./blocks";
import { weightOf } from "./penalty";
import { Window, windowBytes, windowGradient, windowIn } from "./window";

/** A cache line of pre-activations. */
const COLUMNS: usize = 16;

export function denseThresholdGradientScratchBytes(B: usize): usize {
  return windowBytes(B) + (1 + COLUMNS) * (4 * B + 63 & ~63);
}

export function denseThresholdGradient(
  from: usize, to: usize, scratch: usize,
  preActivations: usize, reverseSums: usize, decoder: usize, norms: usize,
  threshold: usize, bounds: usize, weights: usize, coefficient: usize, thresholdGradient: usize,
  B: usize, d: usize, N: usize, P: usize, kind: i32, epsilon: f32, bandwidth: f32, floor: f32, overActivations: i32, logarithm: i32,
): void {
  const window = windowIn(scratch, B, d);
  window.kind = kind, window.epsilon = epsilon, window.bandwidth = bandwidth;
  window.floor = floor, window.overActivations = overActivations, window.logarithm = logarithm;
  const rows = scratch + windowBytes(B), stride: usize = 4 * B + 63 & ~63, columns = rows + stride;
  for (let b: usize = 0; b < B; b++) store<u32>(rows + 4 * b, <u32>b);
  let block: usize = 0, bound: usize = 0;
  for (let i = from; i < to; i++) {
    const column = (i - from) % COLUMNS;
    if (column == 0) transpose(columns, stride, preActivations + 4 * i, min(COLUMNS, to - i), B, N);
    if (i >= bound) {
      while (i >= <usize>load<u32>(bounds + 4 * block)) block++;
      bound = <usize>load<u32>(bounds + 4 * block);
      window.omega = penaltyWeight(coefficient, weights, block, B, P);
      window.G = reverseSums + 4 * block * B * d;
    }
    window.D = decoder + 4 * i * d, window.weight = weightOf(norms, i);
    const values = columns + column * stride, theta = load<f32>(threshold + 4 * i);
    store<f32>(thresholdGradient + 4 * i, windowGradient(window, rows, values, B, theta));
  }
}

/** Copies `count` columns of pre-activations to rows `stride` bytes apart. */
function transpose(to: usize, stride: usize, pre: usize, count: usize, B: usize, N: usize): void {
  for (let b: usize = 0; b < B; b++, to += 4, pre += 4 * N) {
    for (let n: usize = 0; n < count; n++) store<f32>(to + n * stride, load<f32>(pre + 4 * n));
  }
}
