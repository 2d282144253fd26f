/**
 * Describes the arrays of a file of activations, and chooses the one that holds them.
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
import { checkNpyFloats, type NpyFields } from "../io/arrays/npy_header.ts";
import { type ByteSource, readExactly } from "../io/sources/bytes.ts";

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
export type Described = readonly [
  name: string,
  { readonly dtype: string; readonly shape: readonly number[] },
];

/** Returns the bytes of a source as they are. */
export function plainBytes(source: ByteSource): OpenBytes {
  return {
    read: (offset, length) => readExactly(source, offset, length),
    close: () => Promise.resolve(),
  };
}

/** Returns the array that the header of a .npy file describes. */
export function npyArray(source: ByteSource, fields: NpyFields): FloatArray {
  const dtype = checkNpyFloats(source, fields);
  const { descr, fortran, shape, offset } = fields;
  const strides = fortran ? columnMajorStrides(shape) : rowMajorStrides(shape);
  return { dtype, bigEndian: descr[0] === ">", shape, strides, offset };
}

/** Quotes a name, shortened. */
export const quoted = (name: string) => JSON.stringify(name).slice(0, 80);

/** Throws unless values of this format can be read. */
export function checkedDType(
  dtype: string,
  name: string | undefined,
  file: string,
): FloatArray["dtype"] {
  if (isFloatDType(dtype)) return dtype;
  const tensor = name === undefined ? "the tensor" : `tensor ${quoted(name)}`;
  throw new TypeError(
    `Cannot read activations from ${tensor} of ${file}: ` +
      `its dtype is ${dtype} but only ${Object.keys(FLOAT_BYTES).join(", ")} are read`,
  );
}

/** Chooses the array called `tensor`, or else `activations`, or else the only matrix, or else the only [batch, seq, d]. */
export function chooseArray(file: string, arrays: readonly Described[], tensor?: string): string {
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
