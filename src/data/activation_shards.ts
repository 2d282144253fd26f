/**
 * Opens files of activations and decodes their rows.
 *
 * @module
 */
import type { Batch, BatchKinds } from "../model/batch.ts";
import { firstBeyond, wrongKind } from "../base/checks.ts";
import { firstNonFiniteFloat16, nonFiniteFloat16 } from "../base/float16.ts";
import { type ByteSource, readExactly } from "../io/sources/bytes.ts";
import {
  copyFloat16,
  decodeFloats,
  FLOAT_BYTES,
  type FloatDType,
  isFloatDType,
} from "../io/arrays/floats.ts";
import type { FloatLayout } from "../io/arrays/float_rows.ts";
import { NPY_MAGIC } from "../io/arrays/npy_header.ts";
import { readNpyHeader } from "../io/arrays/npy_reading.ts";
import { readSafetensorsHeader } from "../io/arrays/safetensors.ts";

/** One file of activations. */
export interface ActivationShard {
  /** The name of the source. */
  name: string;
  /** The format, detected by content. */
  format: "npy" | "safetensors";
  /** The tensor that holds the activations; `.npy` files do not name theirs. */
  tensor?: string;
  /** The format of the values in the file. */
  dtype: FloatDType;
  /** The number of rows. */
  rows: number;
}

/** Bytes per read: enough that copying dominates its cost, and little compared with a typical batch. */
export const CHUNK_BYTES = 4 << 20;

/** One file of activations, open. */
export interface Shard extends ActivationShard {
  source: ByteSource;
  layout: FloatLayout;
  inputSize: number;
}

async function openSafetensors(source: ByteSource, tensor?: string): Promise<Shard> {
  const { tensors } = await readSafetensorsHeader(source);
  const matrices = [...tensors].filter(([, { dtype, shape }]) =>
    isFloatDType(dtype) && shape.length === 2
  );
  const only = matrices.length === 1 ? matrices[0][0] : undefined;
  const name = tensor ?? (tensors.has("activations") ? "activations" : only);
  const entry = name === undefined ? undefined : tensors.get(name);
  if (name === undefined || entry === undefined) {
    const wanted = tensor === undefined
      ? `none is called "activations" and ${matrices.length} are float matrices`
      : `none is called ${JSON.stringify(tensor)}`;
    const list = [...tensors].map(([key, t]) => `${JSON.stringify(key)} ${t.dtype} [${t.shape}]`);
    throw new RangeError(
      `Cannot choose the activations of ${source.name}: of its tensors ${wanted}: ` +
        (list.join(", ") || "it has none"),
    );
  }
  const { dtype, shape, offset } = entry;
  if (!isFloatDType(dtype)) {
    throw new TypeError(
      `Cannot read activations from tensor ${JSON.stringify(name)} of ${source.name}: ` +
        `its dtype is ${dtype} but only ${Object.keys(FLOAT_BYTES).join(", ")} are read`,
    );
  }
  return shardOf(source, "safetensors", { dtype, shape, offset }, name);
}

function shardOf(
  source: ByteSource,
  format: ActivationShard["format"],
  layout: FloatLayout,
  tensor?: string,
): Shard {
  const { shape, dtype } = layout;
  if (shape.length !== 2 || shape.includes(0)) {
    throw new RangeError(
      `Cannot read activations from ${source.name}: their shape must be [rows, inputSize], ` +
        `both at least 1, but is [${shape}]`,
    );
  }
  const [rows, inputSize] = shape;
  return { source, name: source.name, format, tensor, dtype, rows, inputSize, layout };
}

/** The position of the header of a safetensors file, after its length. */
const SAFETENSORS_HEADER = 8;

/**
 * Opens `.npy` and safetensors files, which are told apart by content.
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
    const start = await readExactly(source, 0, Math.min(source.size, SAFETENSORS_HEADER + 1));
    // By content: names may be wrong, and a Blob may have none.
    const isNpy = NPY_MAGIC.every((byte, i) => start[i] === byte);
    if (!isNpy && start[SAFETENSORS_HEADER] !== "{".charCodeAt(0)) {
      throw new TypeError(
        `Cannot read activations from ${source.name}: it is neither .npy nor safetensors`,
      );
    }
    const shard = isNpy
      ? shardOf(source, "npy", await readNpyHeader(source))
      : await openSafetensors(source, tensor);
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

/** Decodes rows of a shard, from row `firstRow` on, and checks that they are finite. */
export function decodeRows(
  bytes: Uint8Array,
  shard: Shard,
  firstRow: number,
  into: Float32Array | Uint16Array,
): void {
  const { dtype, bigEndian } = shard.layout;
  if (into instanceof Uint16Array) copyFloat16(bytes, { bigEndian, into });
  else decodeFloats(bytes, dtype, { bigEndian, into });
  checkFinite(into, shard, firstRow);
}

function checkFinite(
  values: Float32Array | Uint16Array,
  shard: Shard,
  firstRow: number,
): void {
  const float16 = values instanceof Uint16Array;
  const at = float16 ? firstNonFiniteFloat16(values) : firstBeyond(values);
  if (at < 0) return;
  const row = firstRow + Math.floor(at / shard.inputSize);
  const column = at % shard.inputSize;
  const value = float16 ? nonFiniteFloat16(values[at]) : values[at];
  throw new RangeError(
    `Cannot use the activations of ${shard.name}: row ${row} must be finite ` +
      `but holds ${value} in column ${column}`,
  );
}

/** Throws unless the shards can give batches of this kind: F16 only from F16 files, because rounding loses data. */
export function checkKind(shards: readonly Shard[], dtype: keyof BatchKinds): void {
  const other = shards.find((shard) => dtype === "F16" && shard.dtype !== dtype);
  if (other === undefined) return;
  throw new TypeError(
    `Cannot read activations in batches: dtype is F16 but ${other.name} is ${other.dtype}`,
  );
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
    const { source, layout: { dtype, offset } } = shard;
    const rowBytes = d * FLOAT_BYTES[dtype];
    const spanRows = Math.max(1, Math.floor(CHUNK_BYTES / rowBytes));
    const end = base + shard.rows;
    while (next < places.length && numbers[places[next]] < end) {
      const from = numbers[places[next]];
      let last = next;
      const reach = Math.min(end, from + spanRows);
      while (last + 1 < places.length && numbers[places[last + 1]] < reach) last++;
      const count = numbers[places[last]] + 1 - from;
      const bytes = await readExactly(source, offset + (from - base) * rowBytes, count * rowBytes);
      for (; next <= last; next++) {
        const at = numbers[places[next]] - from;
        const into = rows.subarray(places[next] * d, (places[next] + 1) * d);
        decodeRows(
          bytes.subarray(at * rowBytes, (at + 1) * rowBytes),
          shard,
          from - base + at,
          into,
        );
      }
    }
    base = end;
  }
  return rows;
}
