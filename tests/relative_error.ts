/**
 * How far numbers are from the expected ones. Both measures are infinite if a number is missing or NaN, and
 * absolute if all expected numbers are 0.
 */

/** Returns the largest error relative to the largest expected magnitude: max |got − expected| / max |expected|. */
export function relativeError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Infinity;
  let error = 0;
  let magnitude = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(got[i] - expected[i]);
    error = Math.max(error, Number.isNaN(difference) ? Infinity : difference);
    magnitude = Math.max(magnitude, Math.abs(expected[i]));
  }
  return magnitude === 0 ? error : error / magnitude;
}

/** Returns the distance relative to the expected norm: ‖got − expected‖ / ‖expected‖. */
export function relativeDistance(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Infinity;
  let difference = 0;
  let square = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (got[i] - expected[i]) ** 2;
    square += expected[i] ** 2;
  }
  return Number.isNaN(difference) ? Infinity : Math.sqrt(difference / (square || 1));
}
