/**
 * Writes NumPy's `.npy` files.
 *
 * @module
 */
import { encodeFloats, type FloatDType } from "./floats.ts";
import { NPY_MAGIC } from "./npy_header.ts";

const DESCRIPTIONS: Partial<Record<FloatDType, string>> = { F16: "<f2", F32: "<f4", F64: "<f8" };

/**
 * Encodes a row-major array as a `.npy` file (version 1.0), byte for byte as NumPy does.
 *
 * @throws {TypeError} for BF16, which NumPy lacks.
 */
export function encodeNpy(
  values: Float32Array,
  shape: readonly number[],
  dtype: FloatDType,
): Uint8Array {
  const descr = DESCRIPTIONS[dtype];
  if (descr === undefined) {
    throw new TypeError(
      `Cannot encode a .npy file: its dtype must be F16, F32 or F64 but is ${dtype}`,
    );
  }
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${tuple}), }`;
  // The data begins at a multiple of 64 bytes, after a line feed.
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const data = encodeFloats(values, dtype);
  const out = new Uint8Array(10 + length + data.length);
  out.set(NPY_MAGIC);
  out.set([1, 0, length & 255, length >> 8], 6);
  out.set(new TextEncoder().encode(text.padEnd(length - 1) + "\n"), 10);
  out.set(data, 10 + length);
  return out;
}
