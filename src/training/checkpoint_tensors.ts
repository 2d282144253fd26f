/**
 * The tensors of a checkpoint and the checksum over the whole file.
 *
 * @module
 */
import type { Values } from "../../kernels/kernel.ts";
import { crc32 } from "../base/crc32.ts";
import type { EncodedTensor } from "../io/arrays/safetensors_writing.ts";

/** The tensor with the last step's row of metrics. */
export const METRICS = "metrics";
/** The former name of {@linkcode METRICS}. */
export const FORMER_METRICS = "figures";
/** The tensor with the numbers of the rows in the shuffle buffer. */
export const HELD = "shuffle.held";

/** The arrays that hold each format of tensors. */
export const ARRAYS = { F32: Float32Array, F64: Float64Array, U32: Uint32Array } as const;

/** Returns a tensor as it is written, without a copy. */
export function encodedTensor(
  values: Values,
  shape: readonly number[] = [values.length],
): EncodedTensor {
  const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT: width } = values;
  return {
    dtype: dtypeOf(values),
    shape,
    width,
    byteLength,
    // Hosts are little-endian, as in `decodeFloats`.
    bytes: () => new Uint8Array(buffer, byteOffset, byteLength),
  };
}

function dtypeOf(values: Values): keyof typeof ARRAYS {
  if (values instanceof Float64Array) return "F64";
  return values instanceof Uint32Array ? "U32" : "F32";
}

/** Returns the checksum over metadata and tensors: the metadata comes first, because it gives the numbers meaning. */
export function checksumOf(
  metadata: Readonly<Record<string, string>>,
  tensors: Readonly<Record<string, EncodedTensor>>,
): number {
  let checksum = checksumOfMetadata(metadata);
  for (const name of Object.keys(tensors).sort()) {
    const { dtype, shape, bytes } = tensors[name];
    checksum = crc32(bytes(), checksumOfHead(name, dtype, shape, checksum));
  }
  return checksum;
}

/** Begins the checksum of a file, with its metadata but the checksum itself. */
export function checksumOfMetadata(metadata: Readonly<Record<string, string>>): number {
  const entries = Object.keys(metadata).sort().map((key) => [key, metadata[key]]);
  return crc32(new TextEncoder().encode(JSON.stringify(entries)));
}

/** Continues the checksum of a file with what comes before the bytes of a tensor. */
export function checksumOfHead(
  name: string,
  dtype: string,
  shape: readonly number[],
  before: number,
): number {
  return crc32(new TextEncoder().encode(JSON.stringify([name, dtype, shape])), before);
}
