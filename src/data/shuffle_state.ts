/**
 * The state of a shuffle: what it takes to resume it elsewhere.
 *
 * @module
 */
import { checkInteger, checkNumber, checkObject, wrongKind } from "../base/checks.ts";
import { crc32 } from "../base/crc32.ts";
import { checkOptionsRecord, type OptionsRecord } from "../base/options_record.ts";
import { Random, type RandomState } from "../base/random.ts";
import type { RowRange } from "../io/arrays/float_rows.ts";
import type { Batch } from "../model/batch.ts";

/** Where a `ShuffledActivations` stands between two batches: plain data. */
export interface ShuffleState {
  /** The options, and a fingerprint of each file. Resuming needs the same. */
  readonly options: OptionsRecord;
  /** The generator of the order. */
  readonly random: RandomState;
  /** Passes completed. */
  readonly pass: number;
  /** Rows of this pass that have entered the buffer. */
  readonly rowsRead: number;
  /** The numbers of the rows in the buffer, in its order, counted over all files. Resuming reads these rows again. */
  readonly held: Float64Array;
  /** CRC-32 of these rows, as float32 or float16. */
  readonly heldChecksum: number;
}

/** Returns the CRC-32 of rows. */
export function checksumOf(rows: Batch): number {
  return crc32(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
}

/** Writes a checksum in hexadecimal. */
export const hex = (checksum: number): string => checksum.toString(16).padStart(8, "0");

/**
 * Checks a state that may come from a file, as far as that is possible without the data.
 *
 * @throws {RangeError | TypeError} that names what is wrong.
 */
export function checkShuffleState(state: ShuffleState, task: string): void {
  checkObject(state, "the shuffle's state", task);
  checkOptionsRecord(state.options, "options", task);
  Random.fromState(state.random);
  checkInteger(state.pass, "pass", task, 0);
  checkInteger(state.rowsRead, "rowsRead", task, 0);
  checkNumber(state.heldChecksum, "heldChecksum", task, { least: 0, below: 2 ** 32 });
  if (!(state.held instanceof Float64Array)) {
    throw wrongKind(state.held, "held", "a Float64Array", task);
  }
  state.held.forEach((number, i) => checkInteger(number, `held[${i}]`, task, 0));
}

/**
 * Throws a RangeError unless a shuffle of these rows, in a buffer of `bufferRows`, can reach the state.
 */
export function checkReachable(
  { held, rowsRead }: ShuffleState,
  rows: Required<RowRange>,
  bufferRows: number,
  task: string,
): void {
  const outside = held.find((number) => number < rows.from || number >= rows.from + rowsRead);
  if (outside !== undefined) {
    throw new RangeError(`Cannot ${task}: the state holds row ${outside}, which it has not read`);
  }
  const count = rows.to - rows.from;
  const most = Math.min(rowsRead, bufferRows);
  // The buffer is drained only at the end of a pass.
  const reachable = rowsRead < count
    ? held.length === most
    : rowsRead === count && held.length <= most;
  if (!reachable || new Set(held).size < held.length) {
    throw new RangeError(
      `Cannot ${task}: with ${count} rows and a buffer of ${bufferRows}, it cannot have read ` +
        `${rowsRead} rows and hold ${held.length} of them, each once`,
    );
  }
}
