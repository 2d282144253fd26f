/**
 * Sums over vectors, in float64.
 *
 * @module
 */

/** Returns ⟨a, b⟩. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

/** Returns Σ_k of the variance of column k over the rows [B, d]: see the kernel `totalVariance`. */
export function varianceOf(batch: ArrayLike<number>, rows: number): number {
  const d = batch.length / rows;
  const means = new Float64Array(d);
  for (let b = 0; b < rows; b++) {
    for (let k = 0; k < d; k++) means[k] += batch[b * d + k];
  }
  for (let k = 0; k < d; k++) means[k] /= rows;
  let sum = 0;
  for (let b = 0; b < rows; b++) {
    for (let k = 0; k < d; k++) sum += (batch[b * d + k] - means[k]) ** 2;
  }
  return sum / rows;
}
