/**
 * Finds the array of activations in a file, whatever its format, and reads the bytes of its rows.
 *
 * @module
 */
import {
  columnMajorStrides,
  type FloatArray,
  type ReadBytes,
  rowMajorStrides,
} from "../io/arrays/array_rows.ts";
import { FLOAT_BYTES, isFloatDType } from "../io/arrays/floats.ts";
import {
  checkNpyFloats,
  NPY_MAGIC,
  npyDType,
  type NpyFields,
  readNpyFields,
} from "../io/arrays/npy_header.ts";
import { readSafetensorsHeader } from "../io/arrays/safetensors.ts";
import { type ByteSource, readExactly } from "../io/sources/bytes.ts";
import { kindOf, type TorchTensor } from "../io/torch/pickle_values.ts";
import { isTorchFile, readTorchContents, storageEntry } from "../io/torch/torch_file.ts";
import { readZip, type ZipEntry } from "../io/zip/zip_reading.ts";

/** Bytes to read, mostly forwards. */
export interface OpenBytes {
  readonly read: ReadBytes;
  close(): Promise<void>;
}

/** The array of activations in a file. */
export interface ShardArray {
  readonly format: "npy" | "npz" | "safetensors" | "torch";
  /** Its name in the file, if it has one. */
  readonly tensor?: string;
  readonly array: FloatArray;
  /** Opens the bytes that `array` lies in. */
  readonly open: () => OpenBytes;
}

/** A named array of a file, which may be of any type. */
type Described = readonly [
  name: string,
  { readonly dtype: string; readonly shape: readonly number[] },
];

const ZIP_MAGIC = "PK\x03\x04";
/** Protocol 2 of Python's pickle, with which `torch.save` began before it wrote zip files. */
const PICKLE_MAGIC = "\x80\x02";
/** The position of the header of a safetensors file, after its length. */
const SAFETENSORS_HEADER = 8;

/** Finds the array called `tensor`, or else `activations`, or else the only matrix. */
export async function findArray(source: ByteSource, tensor?: string): Promise<ShardArray> {
  const start = await readExactly(source, 0, Math.min(source.size, SAFETENSORS_HEADER + 1));
  const text = String.fromCharCode(...start);
  // By content: names may be wrong, and a Blob may have none.
  if (text.startsWith(String.fromCharCode(...NPY_MAGIC))) {
    const array = npyArray(source, await readNpyFields(source));
    return { format: "npy", array, open: () => plain(source) };
  }
  if (text.startsWith(ZIP_MAGIC)) return await findInZip(source, tensor);
  if (text[SAFETENSORS_HEADER] === "{") return await findInSafetensors(source, tensor);
  const why = text.startsWith(PICKLE_MAGIC)
    ? "it is a pickle, not a zip file: save it with torch.save of PyTorch 1.6 or later"
    : "it is not .npy, .npz, safetensors or a zip file of torch.save";
  throw new TypeError(`Cannot read activations from ${source.name}: ${why}`);
}

function plain(source: ByteSource): OpenBytes {
  return {
    read: (offset, length) => readExactly(source, offset, length),
    close: () => Promise.resolve(),
  };
}

const openEntry = ({ source, inflating }: ZipEntry): OpenBytes => {
  const reader = inflating?.();
  if (reader === undefined) return plain(source);
  return { read: (offset, length) => reader.read(offset, length), close: () => reader.close() };
};

function npyArray(source: ByteSource, fields: NpyFields): FloatArray {
  const dtype = checkNpyFloats(source, fields);
  const { descr, fortran, shape, offset } = fields;
  const strides = fortran ? columnMajorStrides(shape) : rowMajorStrides(shape);
  return { dtype, bigEndian: descr[0] === ">", shape, strides, offset };
}

async function findInSafetensors(source: ByteSource, tensor?: string): Promise<ShardArray> {
  const { tensors } = await readSafetensorsHeader(source);
  const name = choose(source.name, [...tensors], tensor);
  const { dtype, shape, offset } = tensors.get(name)!;
  const strides = rowMajorStrides(shape);
  const array = {
    dtype: floats(dtype, name, source.name),
    bigEndian: false,
    shape,
    strides,
    offset,
  };
  return { format: "safetensors", tensor: name, array, open: () => plain(source) };
}

async function findInZip(source: ByteSource, tensor?: string): Promise<ShardArray> {
  const entries = await readZip(source);
  if (isTorchFile(entries)) return await findInTorchFile(source.name, entries, tensor);
  const arrays = [...entries.keys()].filter((key) => key.endsWith(".npy"));
  if (arrays.length === 0) {
    throw new TypeError(
      `Cannot read activations from ${source.name}: ` +
        "it is a zip file but holds neither .npy arrays nor the data.pkl of torch.save",
    );
  }
  const name = await chooseNpy(source.name, entries, arrays, tensor);
  const entry = entries.get(`${name}.npy`)!;
  const array = npyArray(entry.source, await readNpyFields(entry.source));
  return { format: "npz", tensor: name, array, open: () => openEntry(entry) };
}

async function chooseNpy(
  file: string,
  entries: ReadonlyMap<string, ZipEntry>,
  arrays: readonly string[],
  tensor?: string,
): Promise<string> {
  // The headers of the others are not needed, and may be of types that are not parsed.
  const named = tensor ?? "activations";
  if (entries.has(`${named}.npy`)) return named;
  const described: Described[] = [];
  for (const key of arrays) {
    const { descr, shape } = await readNpyFields(entries.get(key)!.source);
    described.push([key.slice(0, -".npy".length), { dtype: npyDType(descr) ?? descr, shape }]);
  }
  return choose(file, described, tensor);
}

async function findInTorchFile(
  file: string,
  entries: ReadonlyMap<string, ZipEntry>,
  tensor?: string,
): Promise<ShardArray> {
  const { value, folder, bigEndian } = await readTorchContents(file, entries);
  const kind = typeof value === "object" ? value?.kind : undefined;
  const tensors = new Map<string, TorchTensor>();
  if (typeof value === "object" && value?.kind === "dict") {
    for (const [key, item] of value.entries) {
      if (typeof item === "object" && item?.kind === "tensor") tensors.set(`${key}`, item);
    }
  } else if (typeof value !== "object" || value?.kind !== "tensor") {
    throw new TypeError(
      `Cannot read activations from ${file}: ` +
        `it must hold a tensor or a dict of tensors but holds ${kindOf(value)}`,
    );
  }
  const described = [...tensors].map((
    [key, { storage: { dtype }, shape }],
  ): Described => [key, { dtype, shape }]);
  const name = kind === "tensor" ? undefined : choose(file, described, tensor);
  const { storage, shape, strides, offset } = name === undefined
    ? value as TorchTensor
    : tensors.get(name)!;
  const dtype = floats(storage.dtype, name, file);
  const subject = name === undefined
    ? `the tensor of ${file}`
    : `tensor ${quoted(name)} of ${file}`;
  const entry = storageEntry(entries, folder, storage, subject);
  // torch.save compresses nothing. Reading such values could inflate the whole storage once for each row.
  if (entry.inflating !== undefined && `${strides}` !== `${rowMajorStrides(shape)}`) {
    throw new TypeError(
      `Cannot read activations from ${subject}: its storage is compressed and its strides are ` +
        `[${strides}], not those of whole rows`,
    );
  }
  const array = { dtype, bigEndian, shape, strides, offset: offset * FLOAT_BYTES[dtype] };
  return { format: "torch", tensor: name, array, open: () => openEntry(entry) };
}

const quoted = (name: string) => JSON.stringify(name).slice(0, 80);

/** Throws unless values of this format can be read. */
function floats(dtype: string, name: string | undefined, file: string): FloatArray["dtype"] {
  if (isFloatDType(dtype)) return dtype;
  const tensor = name === undefined ? "the tensor" : `tensor ${quoted(name)}`;
  throw new TypeError(
    `Cannot read activations from ${tensor} of ${file}: ` +
      `its dtype is ${dtype} but only ${Object.keys(FLOAT_BYTES).join(", ")} are read`,
  );
}

/** Chooses the array called `tensor`, or else `activations`, or else the only matrix, or else the only [batch, seq, d]. */
function choose(file: string, arrays: readonly Described[], tensor?: string): string {
  const has = (name: string) => arrays.some(([key]) => key === name);
  const of = (dimensions: number) =>
    arrays.filter(([, { dtype, shape }]) => isFloatDType(dtype) && shape.length === dimensions);
  const matrices = of(2);
  const candidates = matrices.length > 0 ? matrices : of(3);
  const only = candidates.length === 1 ? candidates[0][0] : undefined;
  const name = tensor ?? (has("activations") ? "activations" : only);
  if (name !== undefined && has(name)) return name;
  const wanted = tensor === undefined
    ? `none is called "activations" and ${matrices.length} are float matrices`
    : `none is called ${quoted(tensor)}`;
  const list = arrays.map(([key, { dtype, shape }]) => `${quoted(key)} ${dtype} [${shape}]`);
  const shown = list.slice(0, LISTED).join(", ") +
    (list.length > LISTED ? ` and ${list.length - LISTED} more` : "");
  throw new RangeError(
    `Cannot choose the activations of ${file}: of its tensors ${wanted}: ${shown || "it has none"}`,
  );
}

/** The most arrays that an error lists. */
const LISTED = 16;
