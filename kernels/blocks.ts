/**
 * Blocks of latents between prefix bounds: block j holds the latents p_{j−1} ≤ i < p_j. Not a kernel:
 * the references of several kernels share it.
 *
 * @module
 */

/**
 * Returns m(i) for every latent i: the smallest j with i < p_j. `bounds` ascends and ends at N.
 */
export function blockOfLatent(bounds: Uint32Array): Uint32Array {
  const block = new Uint32Array(bounds[bounds.length - 1]);
  for (let j = 0, i = 0; j < bounds.length; j++) {
    for (; i < bounds[j]; i++) block[i] = j;
  }
  return block;
}

/** Returns the reverse running sums of the prefix weights: Σ_{l ≥ j} w_l for every j. */
export function tailSums(weights: Float64Array): Float64Array {
  const tail = Float64Array.from(weights);
  for (let j = tail.length - 2; j >= 0; j--) tail[j] += tail[j + 1];
  return tail;
}
