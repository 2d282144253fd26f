/**
 * The tensors of a checkpoint and the checksum over the whole file.
 *
 * @module
 */
import type { Values } from "../../kernels/kernel.ts";
import { checkInteger, checkObject } from "../base/checks.ts";
import type { SafetensorsHeader } from "../io/arrays/safetensors.ts";
import type { EncodedTensor } from "../io/arrays/safetensors_writing.ts";
import { type ByteSource, readExactly } from "../io/sources/bytes.ts";
import { crc32 } from "../base/crc32.ts";
import { stateShapes } from "./trainer_state.ts";

/** The tensor with the last step's row of metrics. */
export const METRICS = "metrics";
/** The former name of {@linkcode METRICS}. */
export const FORMER_METRICS = "figures";
/** The tensor with the numbers of the rows in the shuffle buffer. */
export const HELD = "shuffle.held";

/** The arrays that hold each format of tensors. */
const ARRAYS = { F32: Float32Array, F64: Float64Array, U32: Uint32Array } as const;

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

/**
 * Reads all tensors of a checkpoint.
 *
 * @throws {RangeError} if the checksum is wrong: the file was cut off or changed.
 */
export async function readTensors(
  source: ByteSource,
  { tensors, metadata: { checksum: wanted, ...metadata } }: SafetensorsHeader,
  task: string,
): Promise<Record<string, Values>> {
  let checksum = checksumOfMetadata(metadata);
  const read: [string, Values][] = [];
  for (const name of [...tensors.keys()].sort()) {
    const { dtype, shape, offset, byteLength } = tensors.get(name)!;
    // Copied, since sources give views of any alignment.
    const bytes = (await readExactly(source, offset, byteLength)).slice();
    checksum = checksumOfTensor(name, dtype, shape, bytes, checksum);
    read.push([name, new ARRAYS[dtype as keyof typeof ARRAYS](bytes.buffer)]);
  }
  if (wanted === `${checksum}`) return Object.fromEntries(read);
  const noted = wanted === undefined ? "none" : wanted.slice(0, 80);
  throw new RangeError(
    `Cannot ${task}: the file has changed since it was written: its checksum is ${checksum} but ` +
      `${noted} was noted`,
  );
}

/** Returns the checksum over metadata and tensors: the metadata comes first, because it gives the numbers meaning. */
export function checksumOf(
  metadata: Readonly<Record<string, string>>,
  tensors: Readonly<Record<string, EncodedTensor>>,
): number {
  let checksum = checksumOfMetadata(metadata);
  for (const name of Object.keys(tensors).sort()) {
    const { dtype, shape, bytes } = tensors[name];
    checksum = checksumOfTensor(name, dtype, shape, bytes(), checksum);
  }
  return checksum;
}

function checksumOfMetadata(metadata: Readonly<Record<string, string>>): number {
  const entries = Object.keys(metadata).sort().map((key) => [key, metadata[key]]);
  return crc32(new TextEncoder().encode(JSON.stringify(entries)));
}

function checksumOfTensor(
  name: string,
  dtype: string,
  shape: readonly number[],
  bytes: Uint8Array,
  before: number,
): number {
  const head = new TextEncoder().encode(JSON.stringify([name, dtype, shape]));
  return crc32(bytes, crc32(head, before));
}

/**
 * Checks names, shapes and formats of the tensors that a file has, so that no header makes the reader allocate
 * more than a checkpoint needs. Missing tensors are found when the state is checked.
 */
export function checkHeader({ tensors }: SafetensorsHeader, options: unknown, task: string): void {
  checkObject(options, "options", task);
  const { inputSize, latentCount } = options as Record<string, unknown>;
  const d = checkInteger(inputSize, "inputSize", task);
  const shapes = stateShapes(d, checkInteger(latentCount, "latentCount", task));
  for (const [name, shape] of Object.entries(shapes)) {
    const found = tensors.get(name)?.shape;
    if (found === undefined || `${found}` === `${shape}`) continue;
    throw new RangeError(`Cannot ${task}: ${name} must be [${shape}] but is [${shown(found)}]`);
  }
  for (const [name, { dtype, shape }] of tensors) {
    const list = [METRICS, FORMER_METRICS, HELD].includes(name);
    const quoted = JSON.stringify(name.slice(0, 80));
    if (!list && !Object.hasOwn(shapes, name)) {
      throw new RangeError(`Cannot ${task}: it has an unknown tensor ${quoted}`);
    }
    if (list && shape.length !== 1) {
      throw new RangeError(`Cannot ${task}: ${name} must be [count] but is [${shown(shape)}]`);
    }
    if (Object.hasOwn(ARRAYS, dtype)) continue;
    throw new TypeError(
      `Cannot ${task}: tensor ${quoted} must be F32, F64 or U32 but is ${dtype}`,
    );
  }
}

/** Returns a shape from a file, cut to a readable length. */
function shown(shape: readonly number[]): string {
  return `${shape}`.slice(0, 80);
}
