// Blocks of latents between prefix bounds: block j holds the latents p_{j−1} ≤ i < p_j. The bounds are read from memory at every launch,
// because they change from step to step.

/** Returns p_{j−1}, the first latent of block j. */
// @ts-ignore: decorator
@inline
export function blockStart(bounds: usize, j: usize): usize {
  return j ? <usize>load<u32>(bounds + 4 * j - 4) : 0;
}

/** Returns Ω_j = (λ/B) Σ_{l ≥ j} w_l. */
export function penaltyWeight(coefficient: usize, weights: usize, j: usize, B: usize, P: usize): f32 {
  let tail: f64 = 0;
  for (let l = P; l > j;) tail += load<f32>(weights + 4 * --l);
  return <f32>(load<f32>(coefficient) / <f64>B * tail);
}
