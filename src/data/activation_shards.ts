/**
 * Opens files of activations.
 *
 * @module
 */
import type { BatchKinds } from "../model/batch.ts";
import { wrongKind } from "../base/checks.ts";
import { type FloatArray, isByColumns } from "../io/arrays/array_rows.ts";
import { FLOAT_BYTES, type FloatDType } from "../io/arrays/floats.ts";
import type { ByteSource } from "../io/sources/bytes.ts";
import type { OpenBytes } from "./array_choice.ts";
import { findArray } from "./shard_arrays.ts";

/** One file of activations. */
export interface ActivationShard {
  /** The name of the source. */
  name: string;
  /** The format, detected by content; "torch" is a file of `torch.save`. */
  format: "npy" | "npz" | "safetensors" | "torch";
  /** The array that holds the activations; `.npy` files and single tensors of `torch.save` have no name. */
  tensor?: string;
  /** The format of the values in the file. */
  dtype: FloatDType;
  /** The number of rows. */
  rows: number;
  /** The shape [batch, seq, inputSize] of an array whose first two dimensions are read as rows. */
  shape?: number[];
}

/** Bytes per read: enough that copying dominates its cost, and little compared with a typical batch. */
const CHUNK_BYTES = 4 << 20;
/** A read of rows that are stored column by column is one small read per column: larger chunks need fewer. */
const COLUMN_CHUNK_BYTES = 64 << 20;
/** Longer rows are a mistake, or an attack: a batch of them would fill memory. */
const MAXIMUM_INPUT_SIZE = 2 ** 24;

/** One file of activations, open. */
export interface Shard extends ActivationShard {
  /** The file. */
  source: ByteSource;
  array: FloatArray;
  inputSize: number;
  /** The number of rows to read at a time. */
  chunkRows: number;
  /** Opens the bytes that hold the array. */
  open(): OpenBytes;
}

async function openShard(source: ByteSource, tensor?: string): Promise<Shard> {
  const { array, ...found } = await findArray(source, tensor);
  const { shape, dtype } = array;
  if (shape.length !== 2 && shape.length !== 3 || shape.includes(0)) {
    throw new RangeError(
      `Cannot read activations from ${source.name}: their shape must be [rows, inputSize] or ` +
        `[batch, seq, inputSize], each at least 1, but is [${shape}]`,
    );
  }
  const inputSize = shape[shape.length - 1];
  if (inputSize > MAXIMUM_INPUT_SIZE) {
    throw new RangeError(
      `Cannot read activations from ${source.name}: inputSize must be at most ` +
        `${MAXIMUM_INPUT_SIZE} but is ${inputSize}`,
    );
  }
  const chunkBytes = isByColumns(array) ? COLUMN_CHUNK_BYTES : CHUNK_BYTES;
  return {
    ...found,
    ...(shape.length > 2 && { shape: [...shape] }),
    source,
    name: source.name,
    dtype,
    array,
    inputSize,
    rows: shape.slice(0, -1).reduce((a, b) => a * b, 1),
    chunkRows: Math.max(1, Math.floor(chunkBytes / (inputSize * FLOAT_BYTES[dtype]))),
  };
}

/**
 * Opens files of activations, whose formats are told apart by content.
 *
 * @throws {RangeError | TypeError} as `activationBatches`, about headers.
 */
export async function openShards(
  sources: readonly ByteSource[],
  tensor?: string,
): Promise<Shard[]> {
  if (!Array.isArray(sources)) {
    throw wrongKind(sources, "sources", "an array of byte sources", "read activations");
  }
  if (tensor !== undefined && typeof tensor !== "string") {
    throw wrongKind(tensor, "tensor", "a name", "read activations");
  }
  if (sources.length === 0) {
    throw new RangeError("Cannot read activations: at least 1 source is needed but there are 0");
  }
  const shards: Shard[] = [];
  for (const source of sources) {
    const shard = await openShard(source, tensor);
    if (shards.length > 0 && shard.inputSize !== shards[0].inputSize) {
      throw new RangeError(
        `Cannot read activations: inputSize is ${shards[0].inputSize} in ${shards[0].name} ` +
          `but ${shard.inputSize} in ${shard.name}`,
      );
    }
    shards.push(shard);
  }
  return shards;
}

/** Returns the number of rows of all shards. */
export const rowCount = (shards: readonly Shard[]): number =>
  shards.reduce((sum, { rows }) => sum + rows, 0);

/** Throws unless the shards can give batches of this kind: F16 only from F16 files, because rounding loses data. */
export function checkKind(shards: readonly Shard[], dtype: keyof BatchKinds): void {
  const other = shards.find((shard) => dtype === "F16" && shard.dtype !== dtype);
  if (other === undefined) return;
  throw new TypeError(
    `Cannot read activations in batches: dtype is F16 but ${other.name} is ${other.dtype}`,
  );
}
