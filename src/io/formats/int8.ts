/**
 * Quantises weights to int8 with a scale for each row.
 *
 * @module
 */

/** Integers have magnitudes up to this one: −128 is left out, so that a row and its negative are alike. */
export const INT8_LEVELS = 127;

/** The largest scale whose products with integers are float32 numbers for certain. */
export const LARGEST_SCALE: number = 2 ** 120;

/** A matrix [N, d] in int8. Row i stands for the weights scale_i · r, each rounded to float32. */
export interface Int8Matrix {
  /** r: [N, d]. */
  readonly integers: Int8Array;
  /** [N]. */
  readonly scale: Float32Array;
  /** ‖E_i‖ of each row before: [N], rounded up. */
  readonly norm: Float32Array;
  /** ‖E_i − Ê_i‖ of each row: [N], rounded up. */
  readonly errorNorm: Float32Array;
}

/**
 * Quantises the rows of a matrix [N, d]: scale = max|row|/127 in float32, r = weight/scale to the nearest integer.
 *
 * @throws {RangeError} if a weight is too large.
 */
export function quantizeInt8(
  values: Float32Array,
  columns: number,
  name: string,
  task: string,
): Int8Matrix {
  const rows = values.length / columns;
  const integers = new Int8Array(values.length);
  const scale = new Float32Array(rows);
  const norm = new Float32Array(rows);
  const errorNorm = new Float32Array(rows);
  // The sums of squares in float64, and their roots, are off by less than this.
  const rounding = 1 + (columns + 4) * 2 ** -52;
  for (let i = 0; i < rows; i++) {
    let largest = 0;
    for (let e = i * columns; e < (i + 1) * columns; e++) {
      largest = Math.max(largest, Math.abs(values[e]));
    }
    scale[i] = largest / INT8_LEVELS;
    if (scale[i] > LARGEST_SCALE) {
      throw new RangeError(
        `Cannot ${task}: row ${i} of ${name} has ${largest}, beyond the ±${
          INT8_LEVELS * LARGEST_SCALE
        } of int8 with a float32 scale`,
      );
    }
    let square = 0;
    let errorSquare = 0;
    for (let e = i * columns; e < (i + 1) * columns; e++) {
      // Where the scale underflows to 0, so does the weight.
      const r = scale[i] === 0 ? 0 : Math.round(values[e] / scale[i]);
      integers[e] = Math.max(-INT8_LEVELS, Math.min(INT8_LEVELS, r));
      square += values[e] ** 2;
      errorSquare += (values[e] - Math.fround(scale[i] * integers[e])) ** 2;
    }
    norm[i] = upwards(Math.sqrt(square) * rounding);
    errorNorm[i] = upwards(Math.sqrt(errorSquare) * rounding);
  }
  return { integers, scale, norm, errorNorm };
}

/** Returns the least float32 number that is not below a float64 number of at least 0. */
export function upwards(value: number): number {
  const float = Float32Array.of(value);
  if (float[0] < value) new Uint32Array(float.buffer)[0]++;
  return float[0];
}
