// ∂E_i = Σ_b ∂pre_bi x_b        ∂b_i = Σ_b ∂pre_bi
//
// Layout: ∂pre [B, N], x [B, d], ∂E [N, d], ∂b [N].
// Work: items are latents.
import { productIn, productScratchBytes } from "./product";
import { columnSums, SUM_BYTES } from "./rows";

export function encoderGradientScratchBytes(): usize {
  return max(productScratchBytes(), SUM_BYTES);
}

export function encoderGradient(
  from: usize, to: usize, scratch: usize,
  preGradient: usize, input: usize, encoderGradient: usize, encoderBiasGradient: usize, B: usize, d: usize, N: usize,
): void {
  columnSums(encoderBiasGradient + 4 * from, preGradient + 4 * from, N, B, to - from, 0, scratch);
  const product = productIn(scratch);
  product.setA(preGradient + 4 * from, 1, N);
  product.setB(input, 1, d);
  product.setC(encoderGradient + 4 * from * d, d);
  product.run(to - from, d, B);
}
