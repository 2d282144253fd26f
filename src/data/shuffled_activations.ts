/**
 * Files of activations as endless shuffled batches that can be broken off and resumed.
 *
 * @module
 */
import type { Batch, BatchKinds } from "../model/batch.ts";
import { checkInteger, checkNumber, checkObject, checkOneOf, wrongKind } from "../base/checks.ts";
import { type ByteSource, readExactly } from "../io/sources/bytes.ts";
import { checkRows, type RowRange } from "../io/arrays/float_rows.ts";
import { crc32 } from "../base/crc32.ts";
import {
  checkOptionsRecord,
  checkSameOptions,
  type OptionsRecord,
} from "../base/options_record.ts";
import { Random, type RandomState, STREAMS } from "../base/random.ts";
import { checkKind, openShards, readRows, rowCount, type Shard } from "./activation_shards.ts";
import { activationBatches } from "./activations.ts";
import { ShuffleBuffer } from "./shuffle_buffer.ts";

const TASK = "shuffle activations", RESUME = "resume the shuffle";
/** A file is known by so many pieces of so many bytes: reading all of it could take hours. */
const PIECES = 8, PIECE_BYTES = 1 << 16;

/** How {@linkcode ShuffledActivations} cuts and mixes. */
export interface ShuffledActivationsOptions<D extends keyof BatchKinds = "F32"> {
  /** Rows per batch. */
  readonly batchRows: number;
  /** Rows held back to be mixed, as in `shuffledRows`; at most all of them. */
  readonly bufferRows: number;
  /** The rows to take, counted over all files; by default all. */
  readonly rows?: RowRange;
  /** The tensor of safetensors files, as in `activationBatches`. */
  readonly tensor?: string;
  /** Seed of the order (0). */
  readonly seed?: number;
  /** "F16": the bits of F16 files, as they are. By default any file's values as "F32". */
  readonly dtype?: D;
}

/** Where a {@linkcode ShuffledActivations} stands between two batches: plain data. */
export interface ShuffleState {
  /** The options and what the files are known by; those to resume with must be the same. */
  readonly options: OptionsRecord;
  /** The generator of the order. */
  readonly random: RandomState;
  /** Passes completed. */
  readonly pass: number;
  /** Rows of this pass that have entered the buffer. */
  readonly rowsRead: number;
  /** Numbers of the rows in the buffer, in its order, counted over all files. They are read anew. */
  readonly held: Float64Array;
  /** CRC-32 of these rows, as float32 or float16. */
  readonly heldChecksum: number;
}

/**
 * Batches [batchRows, inputSize] without end: pass after pass over the rows of `.npy` and safetensors files,
 * in the order that `shuffledRows` would give them. Rows left over at the end of a pass are dropped.
 *
 * {@linkcode ShuffledActivations.state} says where it stands. It keeps the numbers of the rows in the
 * buffer, not the rows: resuming reads these again, and goes on in the file where it was.
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
  readonly #sources: readonly ByteSource[];
  readonly #tensor?: string;
  readonly #rows: Required<RowRange>;
  readonly #batchRows: number;
  readonly #dtype: D;
  readonly #record: OptionsRecord;
  readonly #random: Random;
  readonly #buffer: ShuffleBuffer<BatchKinds[D]>;
  readonly #batches: AsyncGenerator<BatchKinds[D], never, void>;
  #pass = 0;
  #rowsRead = 0;
  /** Batches on their way, and one more for good once an error has ended it. */
  #pending = 0;

  private constructor(
    sources: readonly ByteSource[],
    options: ShuffledActivationsOptions<D>,
    record: OptionsRecord,
    rows: Required<RowRange>,
    random: Random,
  ) {
    const { tensor, batchRows } = options;
    const inputSize = record.inputSize as number, bufferRows = record.bufferRows as number;
    this.#sources = sources;
    this.#tensor = tensor;
    this.#rows = rows;
    this.#batchRows = batchRows;
    this.#record = record;
    this.#random = random;
    this.#dtype = record.dtype as D;
    const mix = { inputSize, bufferRows, batchRows, random: () => random.uniform() };
    this.#buffer = new ShuffleBuffer({ ...mix, Kind: kindOf(this.#dtype) });
    this.#batches = this.#passes();
  }

  /**
   * Begins with the first pass.
   *
   * @param sources The files, in order. They must stay open.
   * @throws {RangeError} where an option is out of range, the rows are not there or fewer than a batch.
   * @throws {TypeError} where a file or an option is of another kind.
   */
  static async open<D extends keyof BatchKinds = "F32">(
    sources: readonly ByteSource[],
    options: ShuffledActivationsOptions<D>,
  ): Promise<ShuffledActivations<D>> {
    const { record, rows, seed } = await examine(sources, options);
    const random = Random.fromSeed(seed, STREAMS.shuffle);
    return new ShuffledActivations(sources, options, record, rows, random);
  }

  /**
   * Goes on where {@linkcode ShuffledActivations.state} was taken: the next batches are the same.
   *
   * @throws {RangeError} as {@linkcode ShuffledActivations.open}; where an option or a file differs (the
   * message names it), or the state is none that these files could have led to.
   * @throws {TypeError} where something is of the wrong kind.
   */
  static async resume<D extends keyof BatchKinds = "F32">(
    sources: readonly ByteSource[],
    options: ShuffledActivationsOptions<D>,
    state: ShuffleState,
  ): Promise<ShuffledActivations<D>> {
    checkShuffleState(state, RESUME);
    const { record, rows, shards } = await examine(sources, options);
    checkSameOptions(record, state.options, RESUME, "the state");
    const { held, heldChecksum, rowsRead, pass } = state;
    const capacity = record.bufferRows as number, count = rows.to - rows.from;
    const outside = held.find((number) => number < rows.from || number >= rows.from + rowsRead);
    if (outside !== undefined) {
      throw new RangeError(`Cannot ${RESUME}: it holds row ${outside}, which it has not read`);
    }
    // Only at the end of a pass is the buffer drained.
    const most = Math.min(rowsRead, capacity);
    const possible = rowsRead < count
      ? held.length === most
      : rowsRead === count && held.length <= most;
    if (!possible || new Set(held).size < held.length) {
      throw new RangeError(
        `Cannot ${RESUME}: of ${count} rows in a buffer of ${capacity}, it cannot have read ` +
          `${rowsRead} and hold ${held.length}, each once`,
      );
    }
    const resumed = new ShuffledActivations(
      sources,
      options,
      record,
      rows,
      Random.fromState(state.random),
    );
    resumed.#buffer.restore(await readRows(shards, held, kindOf(resumed.#dtype)), held);
    const found = checksumOf(resumed.#buffer.rows);
    if (found !== heldChecksum) {
      throw new RangeError(
        `Cannot ${RESUME}: the data has changed: the ${held.length} rows that it held have the ` +
          `checksum ${hex(found)} but had ${hex(heldChecksum)}`,
      );
    }
    resumed.#pass = pass;
    resumed.#rowsRead = rowsRead;
    return resumed;
  }

  /**
   * The next batch, a new array.
   *
   * @throws {RangeError} where a value is not finite, or a file has become shorter; it is over then.
   */
  async next(): Promise<BatchKinds[D]> {
    this.#pending++;
    const { value, done } = await this.#batches.next();
    // A generator that has thrown is done.
    if (done) throw new Error(`Cannot ${TASK}: an error has ended it`);
    this.#pending--;
    return value;
  }

  /** The batches from the next one on. Leaving the loop ends nothing: another goes on. */
  [Symbol.asyncIterator](): AsyncIterator<BatchKinds[D]> {
    return { next: async () => ({ value: await this.next(), done: false }) };
  }

  /**
   * Where it stands.
   *
   * @throws {Error} while a batch is on its way, or after an error.
   */
  state(): ShuffleState {
    if (this.#pending > 0) {
      throw new Error(
        "Cannot give the state of the shuffle: it does not stand between two batches",
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
    const d = this.#record.inputSize as number, batchRows = this.#batchRows;
    while (true) {
      if (from + this.#rowsRead < to) {
        const rows = { from: from + this.#rowsRead, to };
        const options = {
          tensor: this.#tensor,
          rows,
          batchRows,
          partial: true,
          dtype: this.#dtype,
        };
        for await (const batch of activationBatches(this.#sources, options)) {
          for (let at = 0; at < batch.length; at += d) {
            const number = from + this.#rowsRead++;
            const full = this.#buffer.add(batch.subarray(at, at + d) as BatchKinds[D], number);
            if (full) yield full;
          }
        }
      }
      for (let full = this.#buffer.drain(); full; full = this.#buffer.drain()) yield full;
      this.#buffer.takeRest();
      this.#pass++;
      this.#rowsRead = 0;
    }
  }
}

/** Checks options and files, and says what they are. */
async function examine(
  sources: readonly ByteSource[],
  options: ShuffledActivationsOptions<keyof BatchKinds>,
) {
  checkObject(options, "options", TASK);
  const { batchRows, bufferRows, tensor, seed = 0, dtype = "F32" } = options;
  checkInteger(batchRows, "batchRows", TASK);
  checkInteger(bufferRows, "bufferRows", TASK);
  checkInteger(seed, "seed", TASK, 0);
  checkOneOf(dtype, ["F32", "F16"], "dtype", TASK);
  const shards = await openShards(sources, tensor);
  checkKind(shards, dtype);
  const rows = checkRows("the activations", rowCount(shards), options.rows);
  const count = rows.to - rows.from;
  if (count < batchRows) {
    throw new RangeError(`Cannot ${TASK}: batchRows is ${batchRows} but there are ${count} rows`);
  }
  const files: Record<string, string> = {};
  for (const [i, shard] of shards.entries()) files[`file ${i + 1}`] = await inWords(shard);
  const record: OptionsRecord = {
    inputSize: shards[0].inputSize,
    batchRows,
    bufferRows: Math.min(bufferRows, count),
    rows: [rows.from, rows.to],
    seed,
    dtype,
    ...files,
  };
  return { record, rows, shards, seed };
}

/** What a file is known by, wherever it lies. */
async function inWords({ source, rows, layout, tensor }: Shard): Promise<string> {
  let checksum = 0;
  const length = Math.min(PIECE_BYTES, source.size);
  for (let piece = 0; piece < PIECES; piece++) {
    const offset = Math.floor((source.size - length) * piece / (PIECES - 1));
    checksum = crc32(await readExactly(source, offset, length), checksum);
  }
  const name = tensor === undefined ? "" : ` of ${tensor}`;
  return `${rows} rows${name}, ${layout.dtype}, ${source.size} bytes, checksum ${hex(checksum)}`;
}

const hex = (checksum: number): string => checksum.toString(16).padStart(8, "0");

/** The arrays of a kind. */
function kindOf<D extends keyof BatchKinds>(dtype: D): new (length: number) => BatchKinds[D] {
  const kinds: { [K in keyof BatchKinds]: new (length: number) => BatchKinds[K] } = {
    F32: Float32Array,
    F16: Uint16Array,
  };
  return kinds[dtype];
}

function checksumOf(rows: Batch): number {
  return crc32(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
}

/**
 * Checks what a file may have held, as far as it can be without the data.
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
