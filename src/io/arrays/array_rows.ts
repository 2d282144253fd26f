/**
 * Reads rows of arrays of floats that are stored in any order: row by row, column by column, or as a view of a
 * larger array. A row runs along the last dimension; all others count rows.
 *
 * @module
 */
import { FLOAT_BYTES, type FloatDType } from "./floats.ts";

/** Where and how a file stores an array of floats. */
export interface FloatArray {
  /** The format of its values. */
  readonly dtype: FloatDType;
  /** Whether the highest byte of a value comes first. */
  readonly bigEndian: boolean;
  /** Its dimensions, one at least. */
  readonly shape: readonly number[];
  /** For each dimension, the distance between neighbours, in values. */
  readonly strides: readonly number[];
  /** The position of its first value in the source, in bytes. */
  readonly offset: number;
}

/** Reads exactly `length` bytes at `offset`. */
export type ReadBytes = (offset: number, length: number) => Promise<Uint8Array>;

/** A span of a column is read in pieces of this size, however far apart its rows lie. */
const PIECE_BYTES = 1 << 20;

/** A wider gap between the values of a piece ends it: reading so much takes longer than another read. */
const GAP_BYTES = 1 << 16;

/** Returns the strides of an array whose last dimension varies fastest. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  // Older browsers lack toReversed.
  return columnMajorStrides([...shape].reverse()).reverse();
}

/** Returns the strides of an array whose first dimension varies fastest, as in Fortran. */
export function columnMajorStrides(shape: readonly number[]): number[] {
  let stride = 1;
  return shape.map((length) => {
    const own = stride;
    stride *= length;
    return own;
  });
}

/** Returns whether the values of a row lie apart, so that rows are read column by column. */
export function isByColumns({ shape, strides }: FloatArray): boolean {
  return shape[shape.length - 1] > 1 && strides[strides.length - 1] !== 1;
}

/**
 * Reads `count` rows from row `from` on, and returns their bytes, row by row. Reads go forwards through the source
 * wherever the order of the array allows it. Memory holds the rows, and beside them a piece of a column of at most
 * 1 MiB, or one row with what lies between its values.
 */
export async function readArrayRows(
  read: ReadBytes,
  array: FloatArray,
  from: number,
  count: number,
): Promise<Uint8Array> {
  const { dtype, shape, strides, offset } = array;
  const width = FLOAT_BYTES[dtype];
  const rows: Rows = {
    starts: startsOfRows(array, from, count),
    d: shape[shape.length - 1],
    step: strides[strides.length - 1],
    read: (at, length) => read(offset + at * width, length * width),
    width,
  };
  const { starts, d, step } = rows;
  if (isByColumns(array)) {
    const order = inOrder(starts);
    const pieces = piecesOf(starts, order, width);
    const column = pieces.reduce((sum, { length }) => sum + length, 0);
    // What lies between the values is read, too: the smaller amount is that of the better way.
    const rowSpan = (d - 1) * step + 1;
    return rowSpan * count <= column * d
      ? await byRows(rows)
      : await byColumns(rows, order, pieces);
  }
  // In the usual order the rows are one run, and are not copied.
  return runLength(starts, 0, d) === count ? await rows.read(starts[0], count * d) : byRuns(rows);
}

/** Rows to read. Positions and lengths are in values. */
interface Rows {
  /** The position of each row. */
  readonly starts: Float64Array;
  readonly d: number;
  /** The distance between neighbours in a row. */
  readonly step: number;
  readonly read: ReadBytes;
  /** Bytes per value. */
  readonly width: number;
}

function startsOfRows({ shape, strides }: FloatArray, from: number, count: number): Float64Array {
  const starts = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let row = from + i;
    for (let axis = shape.length - 2; axis >= 0; axis--) {
      starts[i] += row % shape[axis] * strides[axis];
      row = Math.floor(row / shape[axis]);
    }
  }
  return starts;
}

/** Returns how many rows, from row `i` on, lie one behind the other. */
function runLength(starts: Float64Array, i: number, d: number): number {
  let rows = 1;
  while (i + rows < starts.length && starts[i + rows] === starts[i] + rows * d) rows++;
  return rows;
}

/** Returns the numbers of the rows in the order of their positions. */
function inOrder(starts: Float64Array): Uint32Array {
  const order = Uint32Array.from(starts, (_, i) => i);
  const sorted = starts.every((start, i) => i === 0 || starts[i - 1] <= start);
  return sorted ? order : order.sort((a, b) => starts[a] - starts[b]);
}

/** Reads rows of neighbouring values, run by run. */
async function byRuns({ starts, d, read, width }: Rows): Promise<Uint8Array> {
  const out = new Uint8Array(starts.length * d * width);
  for (let i = 0; i < starts.length;) {
    const run = runLength(starts, i, d);
    out.set(await read(starts[i], run * d), i * d * width);
    i += run;
  }
  return out;
}

/** Reads each row with what lies between its values. */
async function byRows({ starts, d, step, read, width }: Rows): Promise<Uint8Array> {
  const out = new Uint8Array(starts.length * d * width);
  const values = asValues(out, width);
  for (const [i, start] of starts.entries()) {
    const row = asValues(await read(start, (d - 1) * step + 1), width);
    for (let k = 0; k < d; k++) values[i * d + k] = row[k * step];
  }
  return out;
}

/** Values of a column that are read at once: those of rows `from` to `to` of the order. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

/** Divides a column into pieces, each with as many rows as possible. */
function piecesOf(starts: Float64Array, order: Uint32Array, width: number): Piece[] {
  const most = PIECE_BYTES / width;
  const gap = GAP_BYTES / width;
  const pieces: Piece[] = [];
  for (let from = 0; from < order.length;) {
    const begin = starts[order[from]];
    let to = from + 1;
    for (; to < order.length && starts[order[to]] < begin + most; to++) {
      if (starts[order[to]] - starts[order[to - 1]] > gap) break;
    }
    pieces.push({ from, to, length: starts[order[to - 1]] + 1 - begin });
    from = to;
  }
  return pieces;
}

/** Reads column by column, each piece by piece. */
async function byColumns(
  { starts, d, step, read, width }: Rows,
  order: Uint32Array,
  pieces: readonly Piece[],
): Promise<Uint8Array> {
  const out = new Uint8Array(starts.length * d * width);
  const values = asValues(out, width);
  for (let k = 0; k < d; k++) {
    for (const { from, to, length } of pieces) {
      const begin = starts[order[from]];
      const piece = asValues(await read(begin + k * step, length), width);
      for (let i = from; i < to; i++) values[order[i] * d + k] = piece[starts[order[i]] - begin];
    }
  }
  return out;
}

/** Views bytes as numbers of their width, which are only moved. */
function asValues(bytes: Uint8Array, width: number): Uint16Array | Uint32Array | Float64Array {
  const { buffer, byteOffset, length } = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  if (width === 2) return new Uint16Array(buffer, byteOffset, length / 2);
  if (width === 4) return new Uint32Array(buffer, byteOffset, length / 4);
  return new Float64Array(buffer, byteOffset, length / 8);
}
