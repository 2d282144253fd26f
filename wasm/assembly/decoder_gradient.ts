// ∂D_i = Σ_b f_bi G_m(i),b + pull_i D_i        pull_i = Ω_m(i) (Σ_b φ′(|f_bi| n_i) |f_bi|) / n_i, 0 where n_i = 0
//
// Layout: f [B, N], G [P, B, d], D and ∂D [N, d], n [N], or 0 where every weight is 1 and nothing pulls.
// Work: items are latents. For each block of latents in the range: pull_i D_i, 1024 latents at a time, then one product on top.
import { blockStart, penaltyWeight } from "./blocks";
import { Penalty } from "./codes";
import { penaltySlope, penaltySlope4 } from "./penalty";
import { productIn, productScratchBytes } from "./product";
import { add, scaled, STRIP } from "./rows";

const TILE: usize = 1024;
const ROWS: usize = 64;

export function decoderGradientScratchBytes(): usize {
  return max(productScratchBytes(), 2 * 4 * TILE);
}

export function decoderGradient(
  from: usize, to: usize, scratch: usize,
  activations: usize, reverseSums: usize, decoder: usize, norms: usize, bounds: usize, weights: usize, coefficient: usize,
  decoderGradient: usize, B: usize, d: usize, N: usize, P: usize, kind: i32, epsilon: f32,
): void {
  const pulls = norms != 0 && kind != Penalty.none && kind != Penalty.l0;
  for (let j: usize = 0; j < P; j++) {
    const start = max(from, blockStart(bounds, j)), end = min(to, <usize>load<u32>(bounds + 4 * j));
    if (start >= end) continue;
    if (pulls) {
      const omega = penaltyWeight(coefficient, weights, j, B, P);
      for (let i = start; i < end; i += TILE) {
        const count = min(TILE, end - i);
        sumSlopes(scratch, activations + 4 * i, norms + 4 * i, count, B, N, kind, epsilon);
        for (let t: usize = 0; t < count; t++) {
          const n = load<f32>(norms + 4 * (i + t));
          const pull: f32 = n == 0 ? 0 : omega * load<f32>(scratch + 4 * t) / n;
          scaled(decoderGradient + 4 * (i + t) * d, decoder + 4 * (i + t) * d, pull, d);
        }
      }
    }
    const rows = decoderGradient + 4 * start * d;
    const product = productIn(scratch);
    product.setA(activations + 4 * start, 1, N);
    product.setB(reverseSums + 4 * j * B * d, 1, d);
    product.setC(rows, d);
    if (pulls) product.setAddend(rows, d);
    product.run(end - start, d, B);
  }
}

/** Computes sums_i = Σ_b φ′(|f_bi| n_i) |f_bi| for up to 1024 latents, in blocks of 64 rows kept after the sums. */
function sumSlopes(
  sums: usize, f: usize, norms: usize, count: usize, B: usize, N: usize, kind: i32, epsilon: f32,
): void {
  memory.fill(sums, 0, 4 * count);
  for (let b: usize = 0; b < B;) {
    memory.fill(sums + 4 * TILE, 0, 4 * count);
    for (const end = min(b + ROWS, B); b < end; b += STRIP) {
      addRows(sums + 4 * TILE, f + 4 * b * N, 4 * N, min(STRIP, end - b), norms, count, kind, epsilon);
    }
    add(sums, sums + 4 * TILE, count);
  }
}

function addRows(
  sums: usize, f: usize, stride: usize, rows: usize, norms: usize, count: usize, kind: i32, epsilon: f32,
): void {
  const end = sums + 4 * count, bytes = rows * stride;
  if (ASC_FEATURE_SIMD) {
    const epsilon4 = f32x4.splat(epsilon);
    for (; sums + 16 <= end; sums += 16, norms += 16, f += 16) {
      const n = v128.load(norms);
      let sum = v128.load(sums);
      for (let row = f; row < f + bytes; row += stride) {
        const v = f32x4.abs(v128.load(row));
        sum = f32x4.add(sum, f32x4.mul(penaltySlope4(kind, epsilon4, f32x4.mul(v, n)), v));
      }
      v128.store(sums, sum);
    }
  }
  for (; sums < end; sums += 4, norms += 4, f += 4) {
    const n = load<f32>(norms);
    let sum = load<f32>(sums);
    for (let row = f; row < f + bytes; row += stride) {
      const v = Mathf.abs(load<f32>(row));
      sum += penaltySlope(kind, epsilon, v * n) * v;
    }
    store<f32>(sums, sum);
  }
}
