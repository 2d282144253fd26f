/**
 * Reads rows of floating-point arrays.
 *
 * @module
 */
import { checkObject, wrongKind } from "../../base/checks.ts";
import { counted } from "../../base/counts.ts";
import { type ByteSource, readExactly } from "../sources/bytes.ts";
import { decodeFitting, FLOAT_BYTES, type FloatDType } from "./floats.ts";

/** Rows `from` up to `to`, which is excluded; by default all rows. Rows are counted from 0. */
export interface RowRange {
  /** The first row, by default 0. */
  from?: number;
  /** The row after the last one, by default the number of rows. */
  to?: number;
}

/**
 * Checks a row range and fills in its defaults.
 *
 * @throws {RangeError} if it is not within `count` rows.
 * @throws {TypeError} if an end is not a number.
 */
export function checkRows(subject: string, count: number, rows: RowRange = {}): Required<RowRange> {
  const task = `read rows of ${subject}`;
  checkObject(rows, "the range", task);
  const { from = 0, to = count } = rows;
  for (const [name, value] of Object.entries({ from, to })) {
    if (typeof value !== "number") throw wrongKind(value, name, "a number", task);
  }
  const whole = Number.isSafeInteger(from) && Number.isSafeInteger(to);
  if (!whole || from < 0 || to < from || to > count) {
    throw new RangeError(
      `Cannot read rows ${from} to ${to} of ${subject}: it has ${counted(count, "row")}`,
    );
  }
  return { from, to };
}

/** Where and how a file stores an array of floats. */
export interface FloatLayout {
  /** The format of its values. */
  dtype: FloatDType;
  /** Whether the highest byte of a value comes first. Default false. */
  bigEndian?: boolean;
  /** Its dimensions; the values are in row-major order. */
  shape: readonly number[];
  /** The position of its first byte in the file. */
  offset: number;
}

/** Reads rows of an array along its first dimension, by default all. A scalar has one row. */
export async function readFloatRows(
  source: ByteSource,
  subject: string,
  layout: FloatLayout,
  rows?: RowRange,
): Promise<Float32Array> {
  const { dtype, bigEndian = false, shape, offset } = layout;
  const { from, to } = checkRows(subject, shape[0] ?? 1, rows);
  const rowBytes = shape.slice(1).reduce((a, b) => a * b, 1) * FLOAT_BYTES[dtype];
  const bytes = await readExactly(source, offset + from * rowBytes, (to - from) * rowBytes);
  return decodeFitting(bytes, dtype, bigEndian, subject);
}
