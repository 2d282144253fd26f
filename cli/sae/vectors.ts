/**
 * Lengths of vectors and angles between them, summed in float64.
 *
 * @module
 */

/** Returns ⟨a, b⟩. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

/** Returns ‖a‖₂. */
export const norm = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));

/** Returns views of the rows of a matrix [rows, d]. */
export const rowsOf = (values: Float32Array, d: number): Float32Array[] =>
  Array.from({ length: values.length / d }, (_, i) => values.subarray(i * d, (i + 1) * d));

/** Returns ⟨a, b⟩ / ‖a‖‖b‖ of each pair of rows, [A][B]; 0 for a row of zeros. */
export function cosines(
  a: readonly ArrayLike<number>[],
  b: readonly ArrayLike<number>[],
): number[][] {
  const normsOfA = a.map(norm);
  const normsOfB = b.map(norm);
  return a.map((x, i) => b.map((y, j) => (dot(x, y) / (normsOfA[i] * normsOfB[j])) || 0));
}
