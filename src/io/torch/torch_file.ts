/**
 * Opens files of `torch.save`: zip files with a pickle and the bytes of its tensors.
 *
 * @module
 */
import { readExactly } from "../sources/bytes.ts";
import { decodeFitting, isFloatDType } from "../arrays/floats.ts";
import { readPickle } from "./pickle.ts";
import { kindOf, type PickleValue, type TorchStorage, type TorchTensor } from "./pickle_values.ts";
import type { TensorSet } from "../arrays/tensor_set.ts";
import { torchHost } from "./torch_pickle.ts";
import type { ZipEntry } from "../zip/zip_reading.ts";

/** A saved state dict. */
export interface TorchFile extends TensorSet {
  /** The values that are not tensors, by key. */
  readonly others: ReadonlyMap<string, PickleValue>;
}

// A state dict of ten tensors has a pickle of a kilobyte.
const MAXIMUM_PICKLE = 2 ** 20;

/** For each integer format, bytes per element and a function that reads one. */
const INTEGERS: Readonly<Record<string, [number, (view: DataView, at: number) => number]>> = {
  I64: [8, (view, at) => Number(view.getBigInt64(at, true))],
  I32: [4, (view, at) => view.getInt32(at, true)],
  I16: [2, (view, at) => view.getInt16(at, true)],
  I8: [1, (view, at) => view.getInt8(at)],
  U8: [1, (view, at) => view.getUint8(at)],
  BOOL: [1, (view, at) => view.getUint8(at)],
};
const FLOATS: Readonly<Record<string, number>> = { F16: 2, BF16: 2, F32: 4, F64: 8 };

/** Returns whether a zip file was written by `torch.save`. */
export function isTorchFile(entries: ReadonlyMap<string, ZipEntry>): boolean {
  return [...entries.keys()].some((name) => /^[^/]+\/data\.pkl$/.test(name));
}

/** What a torch file holds, and where. */
export interface TorchContents {
  readonly value: PickleValue;
  /** The folder of the entries that hold storages. */
  readonly folder: string;
  /** Whether the highest byte of a value comes first. */
  readonly bigEndian: boolean;
}

/** Reads what a torch file holds, and none of its values. */
export async function readTorchContents(
  name: string,
  entries: ReadonlyMap<string, ZipEntry>,
): Promise<TorchContents> {
  const pickles = [...entries.keys()].filter((key) => /^[^/]+\/data\.pkl$/.test(key));
  if (pickles.length !== 1) {
    throw new RangeError(
      `Cannot read ${name}: it must have 1 entry data.pkl but has ${pickles.length}`,
    );
  }
  const root = pickles[0].slice(0, -"data.pkl".length);
  const { source } = entries.get(pickles[0])!;
  if (source.size > MAXIMUM_PICKLE) {
    throw new RangeError(
      `Cannot read ${source.name}: it has ${source.size} bytes but the limit is ${MAXIMUM_PICKLE}`,
    );
  }
  const bigEndian = await isBigEndian(entries.get(`${root}byteorder`), name);
  const pickle = await readExactly(source, 0, source.size);
  const value = readPickle(pickle, source.name, torchHost(source.name));
  return { value, folder: `${root}data/`, bigEndian };
}

/** Opens a file that holds a state dict: tensors, and possibly other values. */
export async function openTorchFile(
  name: string,
  entries: ReadonlyMap<string, ZipEntry>,
): Promise<TorchFile> {
  const { value, folder, bigEndian } = await readTorchContents(name, entries);
  if (typeof value !== "object" || value?.kind !== "dict") {
    throw new TypeError(
      `Cannot read ${name}: it must hold a state dict but holds ${kindOf(value)}`,
    );
  }
  const tensors = new Map<string, TorchTensor & { dtype: string }>();
  const others = new Map<string, PickleValue>();
  for (const [key, item] of value.entries) {
    const tensor = typeof item === "object" && item?.kind === "tensor";
    if (tensor) tensors.set(`${key}`, { ...item, dtype: item.storage.dtype });
    else others.set(`${key}`, item);
  }
  return {
    name,
    entries: tensors,
    others,
    read: (key) => readTorchTensor(entries, folder, tensors.get(key)!, bigEndian, key, name),
  };
}

async function isBigEndian(entry: ZipEntry | undefined, name: string): Promise<boolean> {
  if (entry === undefined) return false;
  const text = entry.source.size > 16
    ? ""
    : new TextDecoder().decode(await readExactly(entry.source, 0, entry.source.size));
  if (text === "little" || text === "big") return text === "big";
  throw new RangeError(`Cannot read ${name}: its byteorder must be little or big`);
}

async function readTorchTensor(
  entries: ReadonlyMap<string, ZipEntry>,
  folder: string,
  { storage, offset, shape, strides }: TorchTensor,
  bigEndian: boolean,
  key: string,
  file: string,
): Promise<Float32Array> {
  const subject = `tensor ${JSON.stringify(key).slice(0, 80)} of ${file}`;
  const { source } = storageEntry(entries, folder, storage, subject);
  const { dtype } = storage;
  const raw = await readExactly(source, 0, source.size);
  const values = isFloatDType(dtype)
    ? decodeFitting(raw, dtype, bigEndian, subject)
    : decodeIntegers(raw, dtype, bigEndian, subject);
  return gather(values, offset, shape, strides);
}

/** Returns the entry that holds a storage, whose length must agree. */
export function storageEntry(
  entries: ReadonlyMap<string, ZipEntry>,
  folder: string,
  { key, dtype, count }: TorchStorage,
  subject: string,
): ZipEntry {
  const entry = entries.get(folder + key);
  if (entry === undefined) {
    throw new RangeError(`Cannot read ${subject}: the file lacks the entry ${folder}${key}`);
  }
  const bytes = count * (FLOATS[dtype] ?? INTEGERS[dtype][0]);
  if (bytes === entry.source.size) return entry;
  throw new RangeError(
    `Cannot read ${subject}: its ${count} ${dtype} need ${bytes} bytes but it has ${entry.source.size}`,
  );
}

/** Decodes small integers, such as k and group_sizes. */
function decodeIntegers(
  bytes: Uint8Array,
  dtype: string,
  bigEndian: boolean,
  subject: string,
): Float32Array {
  const [width, read] = INTEGERS[dtype];
  if (bigEndian && width > 1) {
    throw new TypeError(`Cannot read ${subject}: big-endian ${dtype} is not read`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float32Array.from({ length: bytes.length / width }, (_, i) => {
    const value = read(view, i * width);
    if (Math.abs(value) <= 2 ** 24) return value;
    throw new RangeError(`Cannot read ${subject}: its value ${value} is beyond ±2^24`);
  });
}

/** Returns the elements of a view in row-major order: torch saves a transposed tensor without moving its elements. */
function gather(
  values: Float32Array,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): Float32Array {
  const count = shape.reduce((a, b) => a * b, 1);
  let expected = 1;
  let contiguous = true;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) contiguous = false;
    expected *= shape[axis];
  }
  if (contiguous) {
    return count === values.length ? values : values.slice(offset, offset + count);
  }
  const out = new Float32Array(count);
  const index = shape.map(() => 0);
  for (let i = 0, at = offset; i < count; i++) {
    out[i] = values[at];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}
