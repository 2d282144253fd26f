/**
 * Rows in random order, and passes over them.
 *
 * @module
 */
import type { Batch } from "../model/batch.ts";
import {
  checkBoolean,
  checkFloats,
  checkFunction,
  checkInteger,
  checkObject,
  wrongKind,
} from "../base/checks.ts";
import { checkKeys } from "../base/known_keys.ts";
import { ShuffleBuffer } from "./shuffle_buffer.ts";

const TASK = "shuffle rows";

/** How {@linkcode shuffledRows} mixes. */
export interface ShuffleOptions {
  /** Values per row. */
  inputSize: number;
  /** Rows held back to be mixed; memory is bufferRows × inputSize × 4 bytes, or 2 for float16. */
  bufferRows: number;
  /** Rows per batch that comes out, whatever the batches that go in have. */
  batchRows: number;
  /** Uniform in [0, 1); seed it and the order repeats. */
  random: () => number;
  /** Whether the rows left over at the end come as a smaller batch; by default they are dropped. */
  partial?: boolean;
}

const SHUFFLE_KEYS = Object.keys(
  {
    inputSize: true,
    bufferRows: true,
    batchRows: true,
    random: true,
    partial: true,
  } satisfies Record<keyof ShuffleOptions, true>,
);

/**
 * The rows of `batches` in random order, as batches of [batchRows, inputSize]. A buffer of bufferRows
 * rows is filled first; then each row that comes in takes the place of one drawn at random, which
 * leaves, and at the end the buffer is drained in random order. So every row leaves exactly once
 * (dropped leftovers apart), and a row can leave far later than it came but at most bufferRows earlier.
 * Each batch is a new array; the batches that go in are copied and may be reused.
 *
 * @param batches rows of [rows, inputSize], any number of them in each, all float32 or all float16.
 * @param options sizes, and where random numbers come from.
 * @throws {RangeError} where an option is out of range, a batch is no whole number of rows, `random`
 * leaves [0, 1), or all rows together are none, or fewer than a batch (and `partial` is false).
 * @throws {TypeError} where an option or a batch is of the wrong kind.
 *
 * @example
 * ```ts
 * import { shuffledRows } from "@matryoshka/sae";
 *
 * async function* rows() {
 *   yield new Float32Array([1, 2, 3]);
 *   yield new Float32Array([4, 5, 6]);
 * }
 * const options = { inputSize: 1, bufferRows: 4, batchRows: 3, random: Math.random };
 * const seen: number[] = [];
 * for await (const batch of shuffledRows(rows(), options)) seen.push(...batch);
 * if (seen.sort().join() !== "1,2,3,4,5,6") throw new Error("expected every row once");
 * ```
 */
export async function* shuffledRows<B extends Batch = Float32Array>(
  batches: AsyncIterable<B>,
  options: ShuffleOptions,
): AsyncGenerator<B, void, void> {
  checkObject(options, "options", TASK);
  checkKeys(options, SHUFFLE_KEYS, TASK);
  const { inputSize: d, bufferRows, batchRows, random, partial = false } = options;
  for (const [name, value] of Object.entries({ inputSize: d, bufferRows, batchRows })) {
    checkInteger(value, name, TASK);
  }
  checkFunction(random, "random", TASK);
  checkBoolean(partial, "partial", TASK);
  let buffer: ShuffleBuffer<B> | undefined, float16 = false, seen = 0;
  for await (const batch of batches) {
    // Of the kind of the first batch.
    if (!buffer) {
      float16 = batch instanceof Uint16Array;
      const Kind = (float16 ? Uint16Array : Float32Array) as unknown as new (length: number) => B;
      buffer = new ShuffleBuffer({ Kind, inputSize: d, bufferRows, batchRows, random });
    }
    if (!float16) checkFloats(batch, "a batch", TASK);
    else if (!(batch instanceof Uint16Array)) {
      throw wrongKind(batch, "a batch", "a Uint16Array", TASK);
    }
    if (batch.length % d !== 0) {
      throw new RangeError(
        `Cannot ${TASK}: a batch of ${batch.length} values is no multiple of inputSize ${d}`,
      );
    }
    for (let at = 0; at < batch.length; at += d) {
      const full = buffer.add(batch.subarray(at, at + d) as B, seen++);
      if (full) yield full;
    }
  }
  if (!buffer || seen === 0) {
    throw new RangeError(`Cannot ${TASK}: at least 1 row is needed but there are 0`);
  }
  for (let full = buffer.drain(); full; full = buffer.drain()) yield full;
  const rest = buffer.takeRest();
  if (rest.length === 0) return;
  if (partial) yield rest;
  else if (seen < batchRows) {
    throw new RangeError(
      `Cannot ${TASK}: batchRows is ${batchRows} but there are ${seen} rows`,
    );
  }
}

/**
 * Batches over several passes, each pass made anew.
 *
 * @param make the batches of one pass, for instance a fresh {@linkcode shuffledRows}.
 * @param passes how many, by default without end.
 * @throws {RangeError} where `passes` is negative or broken, or a pass has no batch, which without
 * end would never return.
 * @throws {TypeError} where `make` is no function or `passes` no number.
 *
 * @example
 * ```ts
 * import { repeated } from "@matryoshka/sae";
 *
 * async function* pass() {
 *   yield new Float32Array([1]);
 *   yield new Float32Array([2]);
 * }
 * let sum = 0;
 * for await (const batch of repeated(pass, 3)) sum += batch[0];
 * if (sum !== 9) throw new Error("expected 9");
 * ```
 */
export async function* repeated<B extends Batch = Float32Array>(
  make: () => AsyncIterable<B>,
  passes: number = Infinity,
): AsyncGenerator<B, void, void> {
  checkFunction(make, "make", "repeat batches");
  if (passes !== Infinity) checkInteger(passes, "passes", "repeat batches", 0);
  for (let pass = 0; pass < passes; pass++) {
    let count = 0;
    for await (const batch of make()) {
      count++;
      yield batch;
    }
    if (count === 0) {
      throw new RangeError(`Cannot repeat batches: pass ${pass} must have at least 1 but has 0`);
    }
  }
}
