/**
 * Reads NumPy's `.npy` files of floats.
 *
 * @module
 */
import type { ByteSource } from "../sources/bytes.ts";
import { readFloatRows, type RowRange } from "./float_rows.ts";
import type { FloatDType } from "./floats.ts";
import { checkNpyFloats, readNpyFields } from "./npy_header.ts";

/** Where and how a `.npy` file stores its array. */
export interface NpyHeader {
  /** The format of its values: F16, F32 or F64. */
  dtype: FloatDType;
  /** Whether the highest byte of a value comes first. */
  bigEndian: boolean;
  /** Its one or two dimensions; the values are in row-major order. */
  shape: readonly number[];
  /** The position of the first byte of the data in the file. */
  offset: number;
}

/**
 * Reads and checks the header of a `.npy` file (versions 1, 2 and 3). The array must be float16, float32 or float64
 * of either byte order, row-major, of one or two dimensions, and end where the file ends.
 *
 * @throws {TypeError} if the file is not a `.npy` file, or has another element type or order.
 * @throws {RangeError} if its dimensions or its length are wrong; the message gives both values.
 *
 * @example
 * ```ts
 * import { readNpyHeader, sourceFromBytes } from "@matryoshka/sae";
 *
 * const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}\n".padEnd(118);
 * const start = new TextEncoder().encode("?NUMPY\x01\x00\x76\x00" + header);
 * const file = new Uint8Array([...start, 0, 0, 128, 63, 0, 0, 0, 64]);
 * file[0] = 0x93;
 * const { shape, dtype } = await readNpyHeader(sourceFromBytes(file, "two.npy"));
 * if (shape[0] !== 2 || dtype !== "F32") throw new Error("expected two F32");
 * ```
 */
export async function readNpyHeader(source: ByteSource): Promise<NpyHeader> {
  const { name } = source;
  const fields = await readNpyFields(source);
  const { descr, fortran, shape, offset } = fields;
  if (shape.length !== 1 && shape.length !== 2) {
    throw new RangeError(
      `Cannot read ${name}: its shape [${shape}] has ${shape.length} dimensions but must have 1 or 2`,
    );
  }
  if (fortran && shape.length > 1) {
    throw new TypeError(
      `Cannot read ${name}: its array [${shape}] is in fortran_order (column-major): ` +
        "save numpy.ascontiguousarray of it",
    );
  }
  const dtype = checkNpyFloats(source, fields);
  return { dtype, bigEndian: descr[0] === ">", shape, offset };
}

/**
 * Reads the array of a `.npy` file as float32, in row-major order.
 *
 * @param rows the rows to read, or the values of a one-dimensional array; by default all.
 * @param header what {@linkcode readNpyHeader} returned for this source; by default it is read again.
 * @throws {RangeError} if the file lacks the rows or a float64 does not fit float32, and as
 * {@linkcode readNpyHeader}.
 * @throws {TypeError} as {@linkcode readNpyHeader}.
 *
 * @example
 * ```ts
 * import { readNpy, sourceFromBytes } from "@matryoshka/sae";
 *
 * const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}\n".padEnd(118);
 * const start = new TextEncoder().encode("?NUMPY\x01\x00\x76\x00" + header);
 * const file = new Uint8Array([...start, 0, 0, 128, 63, 0, 0, 0, 64]);
 * file[0] = 0x93;
 * const last = await readNpy(sourceFromBytes(file, "two.npy"), { from: 1 });
 * if (last[0] !== 2) throw new Error("expected [2]");
 * ```
 */
export async function readNpy(
  source: ByteSource,
  rows?: RowRange,
  header?: NpyHeader,
): Promise<Float32Array> {
  return await readFloatRows(source, source.name, header ?? await readNpyHeader(source), rows);
}
