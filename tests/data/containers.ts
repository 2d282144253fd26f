/** Small `.npy` and `.npz` files whose value at index i of the usual order is i. */
import { crc32 } from "../../src/base/crc32.ts";
import { type ByteSource, sourceFromBytes } from "../../src/io/sources/bytes.ts";
import { encodeZip } from "../../src/io/zip/zip_writing.ts";
import { deflate, oddZip } from "../io/zip/deflate.ts";

export const count = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
export const upTo = (n: number) => Float32Array.from({ length: n }, (_, i) => i);
export function npyHeader(shape: number[], { fortran = false, descr = "<f4" } = {}): Uint8Array {
  const tuple = `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  const order = fortran ? "True" : "False";
  const header = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${tuple}, }`;
  const text = new TextEncoder().encode("?NUMPY\x01\x00\x76\x00" + header.padEnd(117) + "\n");
  text[0] = 0x93;
  return text;
}

/** A `.npy` file whose value at index i of the usual order is i. */
export function npyBytes(shape: number[], options: { fortran?: boolean; descr?: string } = {}) {
  const { fortran, descr = "<f4" } = options;
  const values = fortran ? columnMajor(shape) : [...upTo(count(shape))];
  const data = descr === "<i8"
    ? BigInt64Array.from(values, BigInt)
    : descr === "<f8"
    ? Float64Array.from(values)
    : Float32Array.from(values);
  return new Uint8Array([...npyHeader(shape, options), ...new Uint8Array(data.buffer)]);
}

/** The numbers 0, 1, … of an array in the usual order, as Fortran stores them. */
function columnMajor(shape: readonly number[]): number[] {
  return Array.from({ length: count(shape) }, (_, at) => {
    let index = 0;
    for (const n of shape) {
      index = index * n + at % n;
      at = Math.floor(at / n);
    }
    return index;
  });
}

export const stored = (arrays: Record<string, Uint8Array>, name = "a.npz"): ByteSource =>
  sourceFromBytes(encodeZip(Object.entries(arrays).map(([key, b]) => [`${key}.npy`, b])), name);

export async function deflated(
  arrays: Record<string, Uint8Array>,
  name = "a.npz",
): Promise<ByteSource> {
  const entries = await Promise.all(
    Object.entries(arrays).map(async ([key, bytes]) => ({
      name: `${key}.npy`,
      bytes: await deflate(bytes),
      method: 8,
      size: bytes.length,
      crc: crc32(bytes),
    })),
  );
  return sourceFromBytes(oddZip(entries), name);
}
