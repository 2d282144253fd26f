/**
 * Checks the options and files of a shuffle, and records both so that a resumed shuffle can be held to them.
 *
 * @module
 */
import { checkInteger, checkObject, checkOneOf } from "../base/checks.ts";
import { thereAre } from "../base/counts.ts";
import { crc32 } from "../base/crc32.ts";
import { checkKeys } from "../base/known_keys.ts";
import type { OptionsRecord } from "../base/options_record.ts";
import { checkRows, type RowRange } from "../io/arrays/float_rows.ts";
import { type ByteSource, readExactly } from "../io/sources/bytes.ts";
import type { BatchKinds } from "../model/batch.ts";
import { checkKind, openShards, rowCount, type Shard } from "./activation_shards.ts";
import { hex } from "./shuffle_state.ts";

/** A file is fingerprinted by pieces: reading all of it could take hours. */
const PIECES = 8;
const PIECE_BYTES = 1 << 16;

/** Options of `ShuffledActivations`. */
export interface ShuffledActivationsOptions<D extends keyof BatchKinds = "F32"> {
  /** Rows per batch. */
  readonly batchRows: number;
  /** Rows held back to be mixed, as in `shuffledRows`; at most all of them. */
  readonly bufferRows: number;
  /** The rows to take, counted over all files; by default all. */
  readonly rows?: RowRange;
  /** The array to read from files that name theirs, as in `activationBatches`. */
  readonly tensor?: string;
  /** Seed of the order (0). */
  readonly seed?: number;
  /** "F16": the bits of F16 files, as they are. By default any file's values as "F32". */
  readonly dtype?: D;
}

const KEYS = /* @__PURE__ */ Object.keys(
  {
    batchRows: true,
    bufferRows: true,
    rows: true,
    tensor: true,
    seed: true,
    dtype: true,
  } satisfies Record<keyof ShuffledActivationsOptions, true>,
);

/** Checked options and open files. */
export interface ShuffleInput {
  /** The options, defaults filled in, and a fingerprint of each file. */
  readonly record: OptionsRecord;
  readonly inputSize: number;
  readonly bufferRows: number;
  readonly rows: Required<RowRange>;
  readonly shards: Shard[];
  readonly seed: number;
}

/** Checks the options and opens the files. */
export async function openShuffleInput(
  sources: readonly ByteSource[],
  options: ShuffledActivationsOptions<keyof BatchKinds>,
  task: string,
): Promise<ShuffleInput> {
  checkObject(options, "options", task);
  checkKeys(options, KEYS, task);
  const { batchRows, tensor, seed = 0, dtype = "F32" } = options;
  checkInteger(batchRows, "batchRows", task);
  checkInteger(options.bufferRows, "bufferRows", task);
  checkInteger(seed, "seed", task, 0);
  checkOneOf(dtype, ["F32", "F16"], "dtype", task);
  const shards = await openShards(sources, tensor);
  checkKind(shards, dtype);
  const rows = checkRows("the activations", rowCount(shards), options.rows);
  const count = rows.to - rows.from;
  if (count < batchRows) {
    throw new RangeError(
      `Cannot ${task}: batchRows is ${batchRows} but ${thereAre(count, "row")}`,
    );
  }
  const files: Record<string, string> = {};
  for (const [i, shard] of shards.entries()) files[`file ${i + 1}`] = await fingerprint(shard);
  const { inputSize } = shards[0];
  const bufferRows = Math.min(options.bufferRows, count);
  const record = {
    inputSize,
    batchRows,
    bufferRows,
    rows: [rows.from, rows.to],
    seed,
    dtype,
    ...files,
  };
  return { record, inputSize, bufferRows, rows, shards, seed };
}

/** Describes a file by its content, not by its name: the files may have moved. */
async function fingerprint({ source, rows, dtype, tensor }: Shard): Promise<string> {
  let checksum = 0;
  const length = Math.min(PIECE_BYTES, source.size);
  for (let piece = 0; piece < PIECES; piece++) {
    const offset = Math.floor((source.size - length) * piece / (PIECES - 1));
    checksum = crc32(await readExactly(source, offset, length), checksum);
  }
  const name = tensor === undefined ? "" : ` of ${tensor}`;
  return `${rows} rows${name}, ${dtype}, ${source.size} bytes, checksum ${hex(checksum)}`;
}
