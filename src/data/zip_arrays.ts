/**
 * Finds the array of activations in a zip file: `.npz`, or a file of `torch.save`.
 *
 * @module
 */
import { rowMajorStrides } from "../io/arrays/array_rows.ts";
import { FLOAT_BYTES } from "../io/arrays/floats.ts";
import { npyDType, readNpyFields } from "../io/arrays/npy_header.ts";
import type { ByteSource } from "../io/sources/bytes.ts";
import { kindOf, type TorchTensor } from "../io/torch/pickle_values.ts";
import { isTorchFile, readTorchContents, storageEntry } from "../io/torch/torch_file.ts";
import { readZip, type ZipEntry } from "../io/zip/zip_reading.ts";
import {
  checkedDType,
  chooseArray,
  type Described,
  npyArray,
  type OpenBytes,
  plainBytes,
  quoted,
  type ShardArray,
} from "./array_choice.ts";

const openEntry = ({ source, inflating }: ZipEntry): OpenBytes => {
  const reader = inflating?.();
  if (reader === undefined) return plainBytes(source);
  return { read: (offset, length) => reader.read(offset, length), close: () => reader.close() };
};

/** Finds the array called `tensor`, or else `activations`, or else the only matrix. */
export async function findInZip(source: ByteSource, tensor?: string): Promise<ShardArray> {
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
  return chooseArray(file, described, tensor);
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
  const name = kind === "tensor" ? undefined : chooseArray(file, described, tensor);
  const { storage, shape, strides, offset } = name === undefined
    ? value as TorchTensor
    : tensors.get(name)!;
  const dtype = checkedDType(storage.dtype, name, file);
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
