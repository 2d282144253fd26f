// e_j = c + Σ_{i < p_j} f_i D_i − x        squaredErrors_j = scale·Σ_b Σ_k e_jbk²
//
// Layout: f [B, N], D [N, d], c [d], x [B, d], e [P, B, d]; squares [P, B] holds Σ_k e_jbk² between the two phases.
// Work: items are rows of the batch. Each block of latents is one product that starts from the snapshot before it, so the accumulator is
// the cumulative sum and a snapshot costs only its store. Then items are prefixes, whose rows are added in order, in float64.
import { blockStart } from "./blocks";
import { productIn } from "./product";
import { difference, sumOfSquares } from "./rows";

export function prefixResiduals(
  from: usize, to: usize, scratch: usize,
  activations: usize, decoder: usize, decoderBias: usize, input: usize, bounds: usize, residuals: usize, squares: usize,
  B: usize, d: usize, N: usize, P: usize,
): void {
  for (let b = from; b < to; b++) difference(residuals + 4 * b * d, decoderBias, input + 4 * b * d, d);
  const product = productIn(scratch);
  for (let j: usize = 0; j < P; j++) {
    const start = blockStart(bounds, j), depth = <usize>load<u32>(bounds + 4 * j) - start;
    const slab = residuals + 4 * (j * B + from) * d;
    product.setA(activations + 4 * (from * N + start), N, 1);
    product.setB(decoder + 4 * start * d, 1, d);
    product.setAddend(j ? slab - 4 * B * d : slab, d);
    product.setC(slab, d);
    product.run(to - from, d, depth);
    for (let b = from; b < to; b++) {
      store<f32>(squares + 4 * (j * B + b), sumOfSquares(residuals + 4 * (j * B + b) * d, d));
    }
  }
}

export function prefixErrors(
  from: usize, to: usize, scratch: usize, squares: usize, squaredErrors: usize, B: usize, scale: f64,
): void {
  for (let j = from; j < to; j++) {
    let sum: f64 = 0;
    for (let b: usize = 0; b < B; b++) sum += load<f32>(squares + 4 * (j * B + b));
    store<f32>(squaredErrors + 4 * j, <f32>(scale * sum));
  }
}
