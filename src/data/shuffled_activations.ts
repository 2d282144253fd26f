/**
 * Shuffles files of activations without end, and can be resumed at any batch.
 *
 * @module
 */
import { checkSameOptions, type OptionsRecord } from "../base/options_record.ts";
import { Random, STREAMS } from "../base/random.ts";
import type { RowRange } from "../io/arrays/float_rows.ts";
import type { ByteSource } from "../io/sources/bytes.ts";
import type { BatchKinds } from "../model/batch.ts";
import type { Shard } from "./activation_shards.ts";
import { readInOrder, readRows } from "./shard_rows.ts";
import { ShuffleBuffer } from "./shuffle_buffer.ts";
import {
  openShuffleInput,
  type ShuffledActivationsOptions,
  type ShuffleInput,
} from "./shuffle_input.ts";
import {
  checkReachable,
  checkShuffleState,
  checksumOf,
  hex,
  type ShuffleState,
} from "./shuffle_state.ts";

export type { ShuffledActivationsOptions, ShuffleState };

const TASK = "shuffle activations";
const RESUME = "resume the shuffle";

/**
 * Endless batches [batchRows, inputSize] from files of activations: pass after pass, each in the order of
 * `shuffledRows`. Rows left over at the end of a pass are dropped.
 *
 * {@linkcode ShuffledActivations.state} returns the state between two batches. It holds the numbers of the rows
 * in the buffer, not the rows: resuming reads these again and continues in the file.
 *
 * @example
 * ```ts
 * import { encodeSafetensors, ShuffledActivations, sourceFromBytes } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const x = { shape: [10, 1], data: Float32Array.from({ length: 10 }, (_, i) => i) };
 * const files = [sourceFromBytes(encodeSafetensors({ activations: x }))];
 * const options = { batchRows: 3, bufferRows: 4, seed: 1 };
 * const batches = await ShuffledActivations.open(files, options);
 * await batches.next();
 * const state = batches.state();
 * const second = await batches.next();
 *
 * const resumed = await ShuffledActivations.resume(files, options, state);
 * assertEquals(await resumed.next(), second);
 * ```
 */
export class ShuffledActivations<D extends keyof BatchKinds = "F32">
  implements AsyncIterable<BatchKinds[D]> {
  readonly #shards: readonly Shard[];
  readonly #rows: Required<RowRange>;
  readonly #inputSize: number;
  readonly #batchRows: number;
  readonly #dtype: D;
  readonly #record: OptionsRecord;
  readonly #random: Random;
  readonly #buffer: ShuffleBuffer<BatchKinds[D]>;
  readonly #batches: AsyncGenerator<BatchKinds[D], never, void>;
  #pass = 0;
  #rowsRead = 0;
  /** Calls of `next` under way; a call that fails counts forever. */
  #pending = 0;

  private constructor(
    { batchRows, dtype = "F32" as D }: ShuffledActivationsOptions<D>,
    { record, rows, inputSize, bufferRows, shards }: ShuffleInput,
    random: Random,
  ) {
    this.#shards = shards;
    this.#rows = rows;
    this.#batchRows = batchRows;
    this.#record = record;
    this.#random = random;
    this.#dtype = dtype;
    this.#inputSize = inputSize;
    const mix = { inputSize, bufferRows, batchRows, random: () => random.uniform() };
    this.#buffer = new ShuffleBuffer({ ...mix, Kind: kindOf(this.#dtype) });
    this.#batches = this.#passes();
  }

  /**
   * Opens files and starts the first pass.
   *
   * @param sources The files, in order. They must stay open.
   * @throws {RangeError} if an option is out of range, the files lack the rows, or they are fewer than a batch.
   * @throws {TypeError} if a file or an option has the wrong type, or an option is unknown.
   */
  static async open<D extends keyof BatchKinds = "F32">(
    sources: readonly ByteSource[],
    options: ShuffledActivationsOptions<D>,
  ): Promise<ShuffledActivations<D>> {
    const input = await openShuffleInput(sources, options, TASK);
    const random = Random.fromSeed(input.seed, STREAMS.shuffle);
    return new ShuffledActivations(options, input, random);
  }

  /**
   * Continues from a {@linkcode ShuffledActivations.state}: the next batches are the same.
   *
   * @throws {DifferentOptionsError} if an option or a file differs: the message names it.
   * @throws {RangeError} as {@linkcode ShuffledActivations.open}; if a shuffle of these files cannot reach the state.
   * @throws {TypeError} if an argument or option has the wrong type, or an option is unknown.
   */
  static async resume<D extends keyof BatchKinds = "F32">(
    sources: readonly ByteSource[],
    options: ShuffledActivationsOptions<D>,
    state: ShuffleState,
  ): Promise<ShuffledActivations<D>> {
    checkShuffleState(state, RESUME);
    const input = await openShuffleInput(sources, options, TASK);
    checkSameOptions(input.record, state.options, RESUME, "the state");
    checkReachable(state, input.rows, input.bufferRows, RESUME);
    const { held, heldChecksum, rowsRead, pass } = state;
    const random = Random.fromState(state.random);
    const resumed = new ShuffledActivations(options, input, random);
    resumed.#buffer.restore(await readRows(input.shards, held, kindOf(resumed.#dtype)), held);
    const found = checksumOf(resumed.#buffer.rows);
    if (found !== heldChecksum) {
      throw new RangeError(
        `Cannot ${RESUME}: the data has changed: the ${held.length} rows in the buffer have the checksum ` +
          `${hex(found)} but had ${hex(heldChecksum)}`,
      );
    }
    resumed.#pass = pass;
    resumed.#rowsRead = rowsRead;
    return resumed;
  }

  /**
   * Returns the next batch, a new array.
   *
   * @throws {RangeError} if a value is not finite, or a file has become shorter. No batches follow then.
   */
  async next(): Promise<BatchKinds[D]> {
    this.#pending++;
    const { value, done } = await this.#batches.next();
    // A generator ends when it throws.
    if (done) throw new Error(`Cannot ${TASK}: an earlier error has ended the shuffle`);
    this.#pending--;
    return value;
  }

  /** Iterates over the batches. Leaving the loop keeps the shuffle: a later loop continues it. */
  [Symbol.asyncIterator](): AsyncIterator<BatchKinds[D]> {
    return { next: async () => ({ value: await this.next(), done: false }) };
  }

  /**
   * Returns the state between two batches.
   *
   * @throws {Error} while a batch is being read, or after an error.
   */
  state(): ShuffleState {
    if (this.#pending > 0) {
      throw new Error(
        "Cannot return the state of the shuffle: it is not between two batches",
      );
    }
    return {
      options: this.#record,
      random: this.#random.state(),
      pass: this.#pass,
      rowsRead: this.#rowsRead,
      held: this.#buffer.numbers.slice(),
      heldChecksum: checksumOf(this.#buffer.rows),
    };
  }

  async *#passes(): AsyncGenerator<BatchKinds[D], never, void> {
    const { from, to } = this.#rows;
    const d = this.#inputSize;
    const batchRows = this.#batchRows;
    while (true) {
      const rest = { from: from + this.#rowsRead, to };
      for await (const rows of readInOrder(this.#shards, rest, batchRows, kindOf(this.#dtype))) {
        for (let at = 0; at < rows.length; at += d) {
          const number = from + this.#rowsRead++;
          const full = this.#buffer.add(rows.subarray(at, at + d) as BatchKinds[D], number);
          if (full) yield full;
        }
      }
      for (let full = this.#buffer.drain(); full; full = this.#buffer.drain()) yield full;
      this.#buffer.takeRest();
      this.#pass++;
      this.#rowsRead = 0;
    }
  }
}

function kindOf<D extends keyof BatchKinds>(dtype: D): new (length: number) => BatchKinds[D] {
  const kinds: { [K in keyof BatchKinds]: new (length: number) => BatchKinds[K] } = {
    F32: Float32Array,
    F16: Uint16Array,
  };
  return kinds[dtype];
}
