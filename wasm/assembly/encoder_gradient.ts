// ∂E_i = Σ_b ∂pre_bi x_b        ∂b_i = Σ_b ∂pre_bi
//
// Layout: ∂pre [B, N], x [B, d], ∂E [N, d], ∂b [N].
// Work: items are latents.
import { product, productScratchBytes } from "./product";
import { columnSums, SUM_BYTES } from "./rows";

export function encoderGradientScratchBytes(): usize {
  return max(productScratchBytes(), SUM_BYTES);
}

export function encoderGradient(
  from: usize, to: usize, scratch: usize,
  preGradient: usize, x: usize, gradient: usize, biasGradient: usize, B: usize, d: usize, N: usize,
): void {
  columnSums(biasGradient + 4 * from, preGradient + 4 * from, N, B, to - from, 0, scratch);
  product(
    gradient + 4 * from * d, d, preGradient + 4 * from, 1, N, x, 1, d,
    to - from, d, B, 0, 0, -Infinity, scratch,
  );
}
