/**
 * Reads and decodes rows of files of activations.
 *
 * @module
 */
import type { Batch } from "../model/batch.ts";
import { firstBeyond } from "../base/checks.ts";
import { firstNonFiniteFloat16, nonFiniteFloat16 } from "../base/float16.ts";
import { readArrayRows } from "../io/arrays/array_rows.ts";
import { copyFloat16, decodeFloats, float64At, FLOAT_BYTES } from "../io/arrays/floats.ts";
import type { Shard } from "./activation_shards.ts";

/** Reads rows of one file, best forwards. Close it. */
export interface RowReader {
  /** Returns the bytes of `count` rows from row `from` on. */
  read(from: number, count: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens the rows of a file. */
export function openRows({ array, open }: Shard): RowReader {
  const { read, close } = open();
  return { read: (from, count) => readArrayRows(read, array, from, count), close };
}

/** Decodes rows of a shard, from row `firstRow` on, and checks that they are finite. */
export function decodeRows(
  bytes: Uint8Array,
  shard: Shard,
  firstRow: number,
  into: Float32Array | Uint16Array,
): void {
  const { dtype, bigEndian } = shard.array;
  if (into instanceof Uint16Array) copyFloat16(bytes, { bigEndian, into });
  else decodeFloats(bytes, dtype, { bigEndian, into });
  checkFinite(bytes, into, shard, firstRow);
}

function checkFinite(
  bytes: Uint8Array,
  values: Float32Array | Uint16Array,
  shard: Shard,
  firstRow: number,
): void {
  const float16 = values instanceof Uint16Array;
  const at = float16 ? firstNonFiniteFloat16(values) : firstBeyond(values);
  if (at < 0) return;
  const row = firstRow + Math.floor(at / shard.inputSize);
  const column = at % shard.inputSize;
  // A float64 may be finite, and become infinite as float32.
  const value = float16
    ? nonFiniteFloat16(values[at])
    : shard.dtype === "F64"
    ? float64At(bytes, at, shard.array)
    : values[at];
  const subject = `Cannot use the activations of ${shard.name}: row ${row}`;
  const where = `in column ${column}`;
  throw new RangeError(
    Number.isFinite(value)
      ? `${subject} holds ${value} ${where}, which does not fit float32`
      : `${subject} must be finite but holds ${value} ${where}`,
  );
}

/**
 * Reads rows `from` to `to`, counted over all files, in order: [at most `most`, inputSize] at a time. All are yielded in
 * one array, which the next overwrites.
 *
 * @throws {RangeError} if a value is not finite.
 */
export async function* readInOrder<B extends Batch>(
  shards: readonly Shard[],
  { from, to }: { readonly from: number; readonly to: number },
  most: number,
  Kind: new (length: number) => B,
): AsyncGenerator<B, void, void> {
  const d = shards[0].inputSize;
  // New arrays would cost as much as the reading: every page of theirs is faulted in.
  const rows = new Kind(Math.min(most, to - from) * d);
  let base = 0;
  for (const shard of shards) {
    const rowBytes = d * FLOAT_BYTES[shard.dtype];
    const end = Math.min(shard.rows, to - base);
    const reader = openRows(shard);
    try {
      for (let row = Math.max(0, from - base); row < end;) {
        const count = Math.min(shard.chunkRows, end - row);
        const chunk = await reader.read(row, count);
        for (let k = 0; k < count; k += most) {
          const taken = Math.min(most, count - k);
          const into = rows.subarray(0, taken * d) as B;
          decodeRows(chunk.subarray(k * rowBytes, (k + taken) * rowBytes), shard, row + k, into);
          yield into;
        }
        row += count;
      }
    } finally {
      await reader.close();
    }
    base += shard.rows;
  }
}

/**
 * Reads rows by their numbers, counted over all files: [numbers.length, inputSize], in the order of the numbers.
 * Rows that lie close together are read together.
 *
 * @throws {RangeError} if a value is not finite.
 */
export async function readRows<B extends Batch>(
  shards: readonly Shard[],
  numbers: ArrayLike<number>,
  Kind: new (length: number) => B,
): Promise<B> {
  const d = shards[0].inputSize;
  const rows = new Kind(numbers.length * d);
  const places = Uint32Array.from({ length: numbers.length }, (_, i) => i)
    .sort((a, b) => numbers[a] - numbers[b]);
  let base = 0;
  let next = 0;
  for (const shard of shards) {
    const rowBytes = d * FLOAT_BYTES[shard.dtype];
    const end = base + shard.rows;
    const reader = openRows(shard);
    try {
      while (next < places.length && numbers[places[next]] < end) {
        const from = numbers[places[next]];
        let last = next;
        const reach = Math.min(end, from + shard.chunkRows);
        while (last + 1 < places.length && numbers[places[last + 1]] < reach) last++;
        const bytes = await reader.read(from - base, numbers[places[last]] + 1 - from);
        for (; next <= last; next++) {
          const at = numbers[places[next]] - from;
          const into = rows.subarray(places[next] * d, (places[next] + 1) * d);
          const row = bytes.subarray(at * rowBytes, (at + 1) * rowBytes);
          decodeRows(row, shard, from - base + at, into);
        }
      }
    } finally {
      await reader.close();
    }
    base = end;
  }
  return rows;
}
