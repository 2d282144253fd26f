/**
 * Finds the array of activations in a file, whatever its format, and reads the bytes of its rows.
 *
 * @module
 */
import { rowMajorStrides } from "../io/arrays/array_rows.ts";
import { NPY_MAGIC, readNpyFields } from "../io/arrays/npy_header.ts";
import { readSafetensorsHeader } from "../io/arrays/safetensors.ts";
import { type ByteSource, readExactly } from "../io/sources/bytes.ts";
import {
  checkedDType,
  chooseArray,
  npyArray,
  plainBytes,
  type ShardArray,
} from "./array_choice.ts";

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
    return { format: "npy", array, open: () => plainBytes(source) };
  }
  if (text.startsWith(ZIP_MAGIC)) {
    // Most programs never read one, and need not load the code.
    const { findInZip } = await import("./zip_arrays.ts");
    return await findInZip(source, tensor);
  }
  if (text[SAFETENSORS_HEADER] === "{") return await findInSafetensors(source, tensor);
  const why = text.startsWith(PICKLE_MAGIC)
    ? "it is a pickle, not a zip file: save it with torch.save of PyTorch 1.6 or later"
    : "it is not .npy, .npz, safetensors or a zip file of torch.save";
  throw new TypeError(`Cannot read activations from ${source.name}: ${why}`);
}

async function findInSafetensors(source: ByteSource, tensor?: string): Promise<ShardArray> {
  const { tensors } = await readSafetensorsHeader(source);
  const name = chooseArray(source.name, [...tensors], tensor);
  const { dtype, shape, offset } = tensors.get(name)!;
  const strides = rowMajorStrides(shape);
  const array = {
    dtype: checkedDType(dtype, name, source.name),
    bigEndian: false,
    shape,
    strides,
    offset,
  };
  return { format: "safetensors", tensor: name, array, open: () => plainBytes(source) };
}
