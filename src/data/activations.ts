/**
 * Reads files of activations as batches, in their order.
 *
 * @module
 */
import type { BatchKinds } from "../model/batch.ts";
import { checkBoolean, checkInteger, checkObject, checkOneOf } from "../base/checks.ts";
import { thereAre } from "../base/counts.ts";
import { checkKeys } from "../base/known_keys.ts";
import type { ByteSource } from "../io/sources/bytes.ts";
import { checkRows, type RowRange } from "../io/arrays/float_rows.ts";
import { FLOAT_BYTES } from "../io/arrays/floats.ts";
import { type ActivationShard, checkKind, openShards, rowCount } from "./activation_shards.ts";
import { decodeRows, openRows } from "./shard_rows.ts";

export type { ActivationShard };

/** The result of {@linkcode describeActivations}. */
export interface ActivationsDescription {
  /** The number of rows, of all shards together. */
  rows: number;
  /** The number of values per row, d. */
  inputSize: number;
  /** The files, in the given order. */
  shards: ActivationShard[];
}

/** Options of {@linkcode activationBatches}. */
export interface ActivationBatchOptions<D extends keyof BatchKinds = "F32"> {
  /** Rows per batch. */
  batchRows: number;
  /** The array to read from files that name theirs; a `.npy` file holds only one, without a name. */
  tensor?: string;
  /** The rows to read, counted across all shards in order; by default all. */
  rows?: RowRange;
  /** Whether rows left over at the end make a smaller batch; by default they are dropped. */
  partial?: boolean;
  /** "F16": the bits of F16 files, as they are. By default any file's values as "F32". */
  dtype?: D;
  /** Which batches to read, if several processes deal them among themselves; by default all. */
  share?: BatchShare;
}

/** The batches of one of several processes: of all batches in order, every `parts`-th, beginning with number `part`. */
export interface BatchShare {
  /** 0 … parts − 1. */
  readonly part: number;
  /** How many processes there are. */
  readonly parts: number;
}

const BATCH_KEYS = /* @__PURE__ */ Object.keys(
  {
    batchRows: true,
    tensor: true,
    rows: true,
    partial: true,
    dtype: true,
    share: true,
  } satisfies Record<keyof ActivationBatchOptions, true>,
);

/**
 * Reads the headers of activation files, and no activations.
 *
 * @param sources `.npy`, `.npz`, safetensors or `torch.save` files, told apart by content, all of the same inputSize.
 * @param options `tensor`, as in {@linkcode activationBatches}.
 * @throws {RangeError | TypeError} as {@linkcode activationBatches}, about headers and options.
 *
 * @example
 * ```ts
 * import { describeActivations, encodeSafetensors, sourceFromBytes } from "@matryoshka/sae";
 *
 * const x = { shape: [3, 2], data: new Float32Array(6) };
 * const source = sourceFromBytes(encodeSafetensors({ activations: x }));
 * const { rows, inputSize } = await describeActivations([source, source]);
 * if (rows !== 6 || inputSize !== 2) throw new Error("expected 6 rows of 2");
 * ```
 */
export async function describeActivations(
  sources: readonly ByteSource[],
  options: { tensor?: string } = {},
): Promise<ActivationsDescription> {
  const task = "describe activations";
  checkObject(options, "options", task);
  checkKeys(options, ["tensor"], task);
  const { tensor } = options;
  const shards = await openShards(sources, tensor);
  return {
    rows: rowCount(shards),
    inputSize: shards[0].inputSize,
    shards: shards.map(({ name, format, tensor, dtype, rows, shape }) => ({
      name,
      format,
      ...(tensor === undefined ? {} : { tensor }),
      dtype,
      rows,
      ...(shape === undefined ? {} : { shape }),
    })),
  };
}

/**
 * Reads activations as batches of [batchRows, inputSize], float32 or float16, in the order of the files. Memory holds
 * one batch and 4 MiB (or one row, if that is longer). Each batch is a new array.
 *
 * In a file that names its arrays the one named `tensor` is read, otherwise `activations`, otherwise the only matrix
 * of floats, otherwise the only one with three dimensions. An array [batch, seq, inputSize] is read as batch × seq
 * rows. Arrays in Fortran order and views of other arrays are read in the order of their rows, 64 MiB of rows at a
 * time, with one read per column. An array that is compressed in its `.npz` is inflated while it is read; the 20 MiB
 * or so for that come on top.
 *
 * @param sources `.npy`, `.npz`, safetensors or `torch.save` files, told apart by content, all of the same inputSize.
 * @param options which rows to read, and how many per batch.
 * @throws {RangeError} if a file is corrupt or has no rows, inputSize differs between files, the rows are missing,
 * none, or fewer than a batch (and `partial` is false), or a value is NaN or infinite as float32; the message then
 * names the file and the row in that file, counted from 0.
 * @throws {TypeError} if a file has another format or its values are not floats, or an option has the wrong type or
 * is unknown.
 *
 * @example
 * ```ts
 * import { activationBatches, encodeSafetensors, sourceFromBytes } from "@matryoshka/sae";
 *
 * const x = { shape: [3, 2], data: new Float32Array([1, 2, 3, 4, 5, 6]) };
 * const shard = sourceFromBytes(encodeSafetensors({ activations: x }), "shard.safetensors");
 * const firsts: number[] = [];
 * for await (const batch of activationBatches([shard, shard], { batchRows: 2 })) {
 *   firsts.push(batch[0]);
 * }
 * if (firsts.join() !== "1,5,3") throw new Error("expected 1, 5, 3");
 * ```
 */
export async function* activationBatches<D extends keyof BatchKinds = "F32">(
  sources: readonly ByteSource[],
  options: ActivationBatchOptions<D>,
): AsyncGenerator<BatchKinds[D], void, void> {
  const task = "read activations in batches";
  checkObject(options, "options", task);
  checkKeys(options, BATCH_KEYS, task);
  const { batchRows, tensor, rows, partial = false, dtype = "F32" } = options;
  checkInteger(batchRows, "batchRows", task);
  checkBoolean(partial, "partial", task);
  checkOneOf(dtype, ["F32", "F16"], "dtype", task);
  const { part, parts } = checkShare(options.share ?? { part: 0, parts: 1 }, task);
  const shards = await openShards(sources, tensor);
  checkKind(shards, dtype);
  const { inputSize: d } = shards[0];
  const { from, to } = checkRows("the activations", rowCount(shards), rows);
  if (from === to) {
    throw new RangeError(
      `Cannot ${task}: at least 1 row is needed but rows ${from} to ${to} are 0`,
    );
  }
  if (to - from < batchRows && !partial) {
    throw new RangeError(
      `Cannot ${task}: batchRows is ${batchRows} but ${thereAre(to - from, "row")}`,
    );
  }
  // Without `partial`, the rows that would be dropped are not read.
  const last = partial ? to : to - (to - from) % batchRows;
  const Kind = dtype === "F16" ? Uint16Array : Float32Array;
  let batch: Float32Array | Uint16Array = new Kind(0);
  let filled = 0;
  let base = 0;
  for (const shard of shards) {
    const rowBytes = d * FLOAT_BYTES[shard.dtype];
    const end = Math.min(shard.rows, last - base);
    const reader = openRows(shard);
    try {
      for (let row = Math.max(0, from - base); row < end;) {
        const number = Math.floor((base + row - from) / batchRows);
        const others = (part - number % parts + parts) % parts;
        if (others > 0) {
          row = from + (number + others) * batchRows - base;
          continue;
        }
        const mine = parts === 1 ? end : Math.min(end, from + (number + 1) * batchRows - base);
        const count = Math.min(shard.chunkRows, mine - row);
        const chunk = await reader.read(row, count);
        for (let k = 0; k < count;) {
          if (filled === 0) batch = new Kind(Math.min(batchRows, last - base - row - k) * d);
          const take = Math.min(count - k, batch.length / d - filled);
          const into = batch.subarray(filled * d, (filled + take) * d);
          const bytes = chunk.subarray(k * rowBytes, (k + take) * rowBytes);
          decodeRows(bytes, shard, row + k, into);
          filled += take;
          k += take;
          if (filled * d < batch.length) continue;
          filled = 0;
          yield batch as BatchKinds[D];
        }
        row += count;
      }
    } finally {
      await reader.close();
    }
    base += shard.rows;
  }
}

function checkShare(share: BatchShare, task: string): BatchShare {
  checkObject(share, "share", task);
  checkKeys(share, ["part", "parts"], task);
  const parts = checkInteger(share.parts, "share.parts", task);
  const part = checkInteger(share.part, "share.part", task, 0);
  if (part < parts) return { part, parts };
  throw new RangeError(
    `Cannot ${task}: share.part must be below share.parts ${parts} but is ${part}`,
  );
}
