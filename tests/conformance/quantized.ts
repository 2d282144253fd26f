/**
 * What is expected of quantised rows: a quotient halfway between two integers may become either.
 *
 * @module
 */
import { DIVISION, roundoffOf, SQUARE_ROOT } from "./tolerance.ts";

/** Rows to be quantised. */
export interface RowsToQuantize {
  /** The numbers [count, d]. */
  readonly values: ArrayLike<number>;
  readonly count: number;
  readonly d: number;
  /** Largest magnitude of an integer. */
  readonly levels: number;
}

/** The words and bounds that a kernel leaves. */
export interface Integers {
  readonly words: ArrayLike<number>;
  readonly bounds: ArrayLike<number>;
}

/** Returns the signed byte k of a row that begins at word `at`. */
export function byteAt(words: ArrayLike<number>, at: number, k: number): number {
  return words[at + (k >> 2)] << (24 - 8 * (k & 3)) >> 24;
}

/** Stores byte k of a row that begins at word `at`, which is 0 so far. */
export function storeByte(words: Uint32Array, at: number, k: number, value: number): void {
  words[at + (k >> 2)] |= (value & 255) << (8 * (k & 3));
}

/**
 * Returns the integer that is expected of a quotient: the one stored if that is permitted, else the nearest.
 *
 * @param error How far the quotient of a backend may be from this one, beside the rounding of the division.
 */
export function settledInteger(
  quotient: number,
  { levels, stored, error = 0 }: {
    readonly levels: number;
    readonly stored: number;
    readonly error?: number;
  },
): number {
  const nearest = Math.max(-levels, Math.min(levels, Math.round(quotient)));
  if (Math.abs(stored) > levels || Math.abs(stored - nearest) !== 1) return nearest;
  const fromHalf = Math.abs(quotient - (stored + nearest) / 2);
  return fromHalf <= roundoffOf(DIVISION, Math.abs(quotient)) + error ? stored : nearest;
}

/** Returns the scale that a backend has used if it is as expected, up to rounding, else the one expected. */
export function settledScale(expected: number, got: number): number {
  return Math.abs(got - expected) <= roundoffOf(DIVISION, expected) ? got : expected;
}

/** Returns ‖v − scale·integers‖. */
export function errorNorm(values: Float64Array, integers: Int32Array, scale: number): number {
  return Math.sqrt(values.reduce((sum, value, k) => sum + (value - scale * integers[k]) ** 2, 0));
}

/** Returns the norm of a row. */
export function normOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k] ** 2;
  return Math.sqrt(sum);
}

/** Returns the words [count, W] and bounds [count, 4] of latents that are expected of a kernel that has left `got`. */
export function settleLatents(
  { values, count, d, levels }: RowsToQuantize,
  expected: Integers,
  got: Integers,
): { words: Uint32Array; bounds: Float64Array } {
  const W = Math.ceil(d / 4);
  const words = new Uint32Array(count * W), bounds = new Float64Array(4 * count);
  for (let i = 0; i < count; i++) {
    const scale = settledScale(expected.bounds[4 * i], got.bounds[4 * i]);
    const row = Float64Array.from({ length: d }, (_, k) => values[i * d + k]);
    const integers = Int32Array.from(
      row,
      (value, k) => settledInteger(value / scale, { levels, stored: byteAt(got.words, i * W, k) }),
    );
    integers.forEach((integer, k) => storeByte(words, i * W, k, integer));
    const sum = integers.reduce((a, b) => a + b, 0);
    const error = errorNorm(row, integers, scale);
    bounds.set([expected.bounds[4 * i], normOf(row), error, 64 * sum], 4 * i);
  }
  return { words, bounds };
}

/** What squares of tiny numbers lose in float32: each at most 2⁻¹⁵⁰, before the root. */
function underflow(d: number): number {
  return Math.sqrt(d) * 2 ** -75;
}

/** Returns the largest permitted error of a norm of d elements. */
export function normTolerance(d: number, norm: number): number {
  return roundoffOf(d + SQUARE_ROOT, norm) + underflow(d);
}

/**
 * Returns the largest permitted error of the norm of an error v − s q: each product s q is rounded, and so may be the
 * difference.
 */
export function errorTolerance(d: number, error: number, norm: number): number {
  return normTolerance(d, error) + roundoffOf(1, norm + error);
}

/** Returns the largest permitted errors of the bounds [N, 4] of latents. */
export function latentsTolerance(bounds: ArrayLike<number>, d: number): (e: number) => number {
  return (e) => {
    const [scale, norm, error] = [0, 1, 2].map((n) => bounds[e - e % 4 + n]);
    return [
      roundoffOf(DIVISION, scale),
      normTolerance(d, norm),
      errorTolerance(d, error, norm),
      0,
    ][e % 4];
  };
}
