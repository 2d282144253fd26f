// ∂f[b,i] = ⟨G_m(i),b , D_i⟩ + Ω_m(i) φ′(|f_bi| n_i) sign(f_bi) n_i        ∂pre = ∂f where f ≠ 0 or identity, else 0
//
// Layout: G [P, B, d], f and ∂pre [B, N], D [N, d], n [N], or 0 where every weight is 1.
// Work: items are latents. For each block of latents in the range, 512 at a time: one product, then the penalty and the mask over the same
// columns while they are in cache.
import { blockStart, penaltyWeight } from "./blocks";
import { penaltySlope, penaltySlope4, weightsAt, weightStep } from "./penalty";
import { productIn } from "./product";

const COLUMNS: usize = 512;

export function activationGradient(
  from: usize, to: usize, scratch: usize,
  reverseSums: usize, activations: usize, decoder: usize, norms: usize, bounds: usize, weights: usize, coefficient: usize,
  preGradient: usize, B: usize, d: usize, N: usize, P: usize, kind: i32, epsilon: f32, identity: i32,
): void {
  const product = productIn(scratch);
  const step = weightStep(norms);
  for (let j: usize = 0; j < P; j++) {
    const end = min(to, <usize>load<u32>(bounds + 4 * j));
    const omega = penaltyWeight(coefficient, weights, j, B, P);
    product.setA(reverseSums + 4 * j * B * d, d, 1);
    for (let i = max(from, blockStart(bounds, j)); i < end; i += COLUMNS) {
      const count = min(COLUMNS, end - i);
      product.setB(decoder + 4 * i * d, d, 1);
      product.setC(preGradient + 4 * i, N);
      product.run(B, count, d);
      for (let b: usize = 0; b < B; b++) {
        const at: usize = 4 * (b * N + i);
        finish(preGradient + at, activations + at, weightsAt(norms) + step * i, step, count, omega, kind, epsilon, identity);
      }
    }
  }
}

/**
 * Adds the penalty's gradient and applies the mask; 0·f keeps an f that is not finite from being lost. The loop and its tail must round
 * alike, because which latents fall to the tail depends on where a thread's range meets the bounds.
 */
function finish(
  g: usize, f: usize, norms: usize, step: usize, count: usize, omega: f32, kind: i32, epsilon: f32, identity: i32,
): void {
  const end = g + 4 * count;
  if (ASC_FEATURE_SIMD) {
    const epsilon4 = f32x4.splat(epsilon), omega4 = f32x4.splat(omega), zero = f32x4.splat(0);
    const signBit = i32x4.splat(1 << 31), masked = i32x4.splat(identity ? 0 : -1);
    for (; g + 16 <= end; g += 16, f += 16, norms += 4 * step) {
      const v = v128.load(f), n = v128.load(norms), silent = f32x4.eq(v, zero);
      const slope = f32x4.mul(penaltySlope4(kind, epsilon4, f32x4.mul(f32x4.abs(v), n)), n);
      const pull = v128.xor(f32x4.mul(omega4, slope), v128.and(v, signBit));
      const kept = v128.andnot(v128.load(g), v128.and(silent, masked));
      v128.store(g, f32x4.add(f32x4.add(kept, v128.andnot(pull, silent)), f32x4.mul(v, zero)));
    }
  }
  for (; g < end; g += 4, f += 4, norms += step) {
    const v = load<f32>(f), n = load<f32>(norms);
    const kept: f32 = v == 0 && !identity ? 0 : load<f32>(g);
    const pull = omega * (penaltySlope(kind, epsilon, Mathf.abs(v) * n) * n);
    store<f32>(g, kept + (v == 0 ? 0 : v < 0 ? -pull : pull) + v * 0);
  }
}
