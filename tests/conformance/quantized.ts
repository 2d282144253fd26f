/**
 * What is expected of quantised rows: a quotient halfway between two integers may become either.
 *
 * @module
 */
import { DIVISION, roundoffOf, SQUARE_ROOT } from "./tolerance.ts";

/** Rows to be quantised. */
export interface QuantizedRows {
  /** The numbers [count, d] that are quantised. */
  readonly values: ArrayLike<number>;
  readonly count: number;
  readonly d: number;
  readonly levels: number;
  readonly offset: number;
}

/** The words [count, W] and bounds [count, 4] that a kernel leaves. */
export interface Integers {
  readonly words: ArrayLike<number>;
  readonly bounds: ArrayLike<number>;
}

/** A row as integers, and the sums over it that bounds are made of. */
interface Row {
  readonly scale: number;
  readonly integers: Int32Array;
}

function isHalfway(quotient: number, a: number, b: number): boolean {
  return Math.abs(quotient - (a + b) / 2) <= roundoffOf(DIVISION, Math.abs(quotient));
}

/** Returns the integers of a row: those that `got` holds where they are permitted, else the nearest. */
function integersOf(rows: QuantizedRows, row: number, scale: number, got: Integers): Int32Array {
  const { values, d, levels, offset } = rows, W = Math.ceil(d / 4);
  return Int32Array.from({ length: d }, (_, k) => {
    const quotient = values[row * d + k] / scale;
    const nearest = Math.max(-levels, Math.min(levels, Math.round(quotient)));
    const byte = got.words[row * W + (k >> 2)] << (24 - 8 * (k & 3)) >> 24;
    const stored = byte - offset;
    if (Math.abs(stored) > levels || Math.abs(stored - nearest) !== 1) return nearest;
    return isHalfway(quotient, stored, nearest) ? stored : nearest;
  });
}

function boundsOf({ values, d, offset }: QuantizedRows, row: number, { scale, integers }: Row) {
  let square = 0, errorSquare = 0, integerSquare = 0, sum = 0;
  for (let k = 0; k < d; k++) {
    const value = values[row * d + k], integer = integers[k];
    square += value ** 2;
    errorSquare += (value - scale * integer) ** 2;
    integerSquare += integer ** 2;
    sum += integer;
  }
  const last = offset > 0 ? scale * Math.sqrt(integerSquare) : 64 * sum;
  return [Math.sqrt(square), Math.sqrt(errorSquare), last];
}

/** Returns the words and bounds that are expected of a kernel that has left `got`. */
export function settleRows(
  rows: QuantizedRows,
  expected: Integers,
  got: Integers,
): { words: Uint32Array; bounds: Float64Array } {
  const { count, d, offset } = rows, W = Math.ceil(d / 4);
  const words = new Uint32Array(count * W), bounds = new Float64Array(4 * count);
  for (let row = 0; row < count; row++) {
    const at = 4 * row, scale = expected.bounds[at];
    const isNear = Math.abs(got.bounds[at] - scale) <= roundoffOf(DIVISION, scale);
    const taken = isNear ? got.bounds[at] : scale;
    const integers = integersOf(rows, row, taken, got);
    integers.forEach((integer, k) => {
      words[row * W + (k >> 2)] |= ((integer + offset) & 255) << (8 * (k & 3));
    });
    bounds.set([scale, ...boundsOf(rows, row, { scale: taken, integers })], at);
  }
  return { words, bounds };
}

/** What squares of tiny numbers lose in float32: each at most 2⁻¹⁵⁰, before the root. */
function underflow(d: number): number {
  return Math.sqrt(d) * 2 ** -75;
}

/**
 * Returns the largest permitted errors of bounds. An error x − s q may be off by the rounding of s q, so its norm by
 * that of all products.
 */
export function boundsTolerance(
  bounds: ArrayLike<number>,
  { d, offset }: Pick<QuantizedRows, "d" | "offset">,
): (e: number) => number {
  return (e) => {
    const [scale, norm, error] = [0, 1, 2].map((n) => bounds[e - e % 4 + n]);
    const ofNorm = (size: number) => roundoffOf(d + SQUARE_ROOT, size) + underflow(d);
    if (e % 4 === 0) return roundoffOf(DIVISION, scale);
    if (e % 4 === 1) return ofNorm(norm);
    if (e % 4 === 2) return ofNorm(error) + roundoffOf(1, norm + error);
    return offset > 0 ? ofNorm(bounds[e]) : 0;
  };
}
