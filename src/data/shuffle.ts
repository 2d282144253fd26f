/**
 * Shuffles rows, and repeats passes over them.
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
import { thereAre } from "../base/counts.ts";
import { checkKeys } from "../base/known_keys.ts";
import { ShuffleBuffer } from "./shuffle_buffer.ts";

const TASK = "shuffle rows";

/** Options of {@linkcode shuffledRows}. */
export interface ShuffleOptions {
  /** Values per row. */
  inputSize: number;
  /** Rows held back to be mixed; they take 4 bytes per value, or 2 for float16. */
  bufferRows: number;
  /** Rows per batch that comes out. The batches that go in may have any number. */
  batchRows: number;
  /** Returns uniform numbers in [0, 1). With a seeded generator the order can be repeated. */
  random: () => number;
  /** Whether rows left over at the end make a smaller batch; by default they are dropped. */
  partial?: boolean;
}

const SHUFFLE_KEYS = /* @__PURE__ */ Object.keys(
  {
    inputSize: true,
    bufferRows: true,
    batchRows: true,
    random: true,
    partial: true,
  } satisfies Record<keyof ShuffleOptions, true>,
);

/**
 * Shuffles the rows of `batches` into batches of [batchRows, inputSize]. First a buffer of bufferRows rows is filled.
 * Then each row that comes in replaces one drawn at random, which leaves. At the end the buffer is drained in random
 * order. Every row leaves exactly once, apart from dropped leftovers. It can leave far later than it came, but at
 * most bufferRows rows earlier. Each batch is a new array; the batches that go in are copied and may be reused.
 *
 * @param batches rows [rows, inputSize], any number in each batch, all float32 or all float16.
 * @param options the sizes, and the source of random numbers.
 * @throws {RangeError} if an option is out of range, the last row of a batch is incomplete, `random` leaves [0, 1),
 * or there are no rows, or fewer than a batch (and `partial` is false).
 * @throws {TypeError} if an option or a batch has the wrong type, or an option is unknown.
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
  let buffer: ShuffleBuffer<B> | undefined;
  let float16 = false;
  let seen = 0;
  for await (const batch of batches) {
    // The first batch decides between float32 and float16.
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
        `Cannot ${TASK}: a batch has ${batch.length} values, not a multiple of inputSize ${d}`,
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
      `Cannot ${TASK}: batchRows is ${batchRows} but ${thereAre(seen, "row")}`,
    );
  }
}

/**
 * Yields the batches of several passes.
 *
 * @param make returns the batches of one pass, for instance a new {@linkcode shuffledRows}.
 * @param passes the number of passes, by default infinite.
 * @throws {RangeError} if `passes` is negative or not an integer, or a pass has no batches, because endless empty
 * passes would never yield.
 * @throws {TypeError} if `make` is not a function or `passes` is not a number.
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
