/**
 * Matrices of weights in the type in which a file stores them.
 *
 * @module
 */
import { INT8_LEVELS } from "./int8.ts";
import { joinBytes } from "../sources/bytes.ts";
import { decodeFloats, FLOAT_BYTES, type FloatDType } from "../arrays/floats.ts";

/** The types of weights in files: floats, or integers with a scale for each row. */
export type WeightDType = FloatDType | "I8";

/** A matrix [N, d] of a file, latent-major, which has not been read. */
export interface StoredMatrix {
  /** Its name in errors. */
  readonly name: string;
  /** The task in errors. */
  readonly task: string;
  readonly dtype: WeightDType;
  /** N. */
  readonly rows: number;
  /** d. */
  readonly columns: number;
  /** Reads its bytes in pieces, row by row. A piece may end anywhere. */
  pieces(): AsyncIterable<Uint8Array>;
}

/** Returns how many bytes a value takes. */
export function weightBytes(dtype: WeightDType): number {
  return dtype === "I8" ? 1 : FLOAT_BYTES[dtype];
}

/**
 * Reads a matrix as float32. Memory holds the result and one piece.
 *
 * @param scale The scale of each row of integers: a weight is their product, rounded to float32.
 */
export async function readMatrix(
  matrix: StoredMatrix,
  scale?: Promise<Float32Array>,
): Promise<Float32Array> {
  const scales = await scale;
  const { dtype, rows, columns } = matrix;
  const width = weightBytes(dtype);
  const values = new Float32Array(rows * columns);
  let done = 0;
  let rest = new Uint8Array(0);
  for await (const piece of matrix.pieces()) {
    const bytes = rest.length === 0 ? piece : joinBytes([rest, piece]);
    const count = Math.floor(bytes.length / width);
    const whole = bytes.subarray(0, count * width);
    if (dtype === "I8") expandIntegers(whole, scales!, values, { matrix, at: done });
    else decodeFloats(whole, dtype, { into: values.subarray(done, done + count) });
    rest = bytes.slice(count * width);
    done += count;
  }
  return values;
}

/** Writes scale·r of integers r to the values from `at` on. */
function expandIntegers(
  bytes: Uint8Array,
  scale: Float32Array,
  values: Float32Array,
  { matrix, at }: { readonly matrix: StoredMatrix; readonly at: number },
): void {
  checkIntegers(bytes, matrix, (e) => at + e);
  for (let e = 0; e < bytes.length; e++) {
    values[at + e] = scale[Math.floor((at + e) / matrix.columns)] * (bytes[e] << 24 >> 24);
  }
}

/**
 * Throws a RangeError if one of the integers is −128.
 *
 * @param element Returns the element of the matrix that is at an index of `bytes`.
 */
export function checkIntegers(
  bytes: Uint8Array,
  { name, task }: StoredMatrix,
  element: (index: number) => number,
): void {
  const bad = bytes.indexOf(0x80);
  if (bad < 0) return;
  throw new RangeError(
    `Cannot ${task}: element ${element(bad)} of ${name} must be from -${INT8_LEVELS} to ` +
      `${INT8_LEVELS} but is -128`,
  );
}
