/**
 * Reads NumPy's `.npy` files of floats.
 *
 * @module
 */
import { type ByteSource, readExactly } from "../sources/bytes.ts";
import { FLOAT_BYTES, type FloatDType } from "./floats.ts";
import { readFloatRows, type RowRange } from "./float_rows.ts";

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

/** The first six bytes of every `.npy` file. */
export const NPY_MAGIC: readonly number[] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

// NumPy writes 118 bytes for such arrays, but version 2 of the format allows headers of 4 GiB.
const MAXIMUM_HEADER = 65536;

const DTYPES: Readonly<Record<string, FloatDType>> = { f2: "F16", f4: "F32", f8: "F64" };

/**
 * Parses the header, a Python dictionary. It accepts strings without escapes, True and False, and flat tuples of
 * whole numbers. It refuses everything else and evaluates nothing.
 */
function parseHeader(text: string, refuse: (why: string) => Error): Map<string, unknown> {
  // Python 2 wrote its long integers as 3L.
  const token = /\s*(?:(['"])([^'"\\\n]*)\1|(True|False)\b|(0|[1-9]\d*)L?\b|([{}:,()]))/y;
  let kind = "";
  let value: unknown;
  const next = (): void => {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (match === null) {
      throw refuse(
        `its header cannot be parsed at ${JSON.stringify(text.slice(at, at + 20).trim())}`,
      );
    }
    const [, , string, truth, number, mark] = match;
    if (string !== undefined) [kind, value] = ["string", string];
    else if (truth !== undefined) [kind, value] = ["truth", truth === "True"];
    else if (number !== undefined) [kind, value] = ["number", Number(number)];
    else [kind, value] = [mark, mark];
  };
  const expect = (wanted: string): void => {
    if (kind !== wanted) throw refuse(`its header has ${kind} where ${wanted} must be`);
  };
  const list = (close: string, item: () => void): void => {
    for (next(); kind !== close;) {
      item();
      next();
      if (kind === ",") next();
      else expect(close);
    }
  };
  const result = new Map<string, unknown>();
  next();
  expect("{");
  list("}", () => {
    expect("string");
    const key = value as string;
    if (result.has(key)) throw refuse(`its header has the key ${key} twice`);
    next();
    expect(":");
    next();
    if (kind === "(") {
      const numbers: number[] = [];
      list(")", () => {
        expect("number");
        numbers.push(value as number);
      });
      if (numbers.length === 1 && !/,\s*\)$/.test(text.slice(0, token.lastIndex))) {
        throw refuse(
          `its header has (${numbers}) for ${key}, which without a comma is not a tuple`,
        );
      }
      result.set(key, numbers);
    } else if (kind === "string" || kind === "truth") result.set(key, value);
    else throw refuse(`its header has ${kind} as the value of ${key}`);
  });
  const rest = text.slice(token.lastIndex);
  if (rest.trim() !== "") {
    throw refuse(`its header goes on with ${JSON.stringify(rest.slice(0, 20))}`);
  }
  return result;
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
  const { name, size } = source;
  const wrong = (why: string) => new TypeError(`Cannot read ${name}: ${why}`);
  const bad = (why: string) => new RangeError(`Cannot read ${name}: ${why}`);
  const head = await readExactly(source, 0, Math.min(size, 12));
  if (NPY_MAGIC.some((byte, i) => head[i] !== byte)) {
    throw wrong("it does not begin with \\x93NUMPY, so it is not a .npy file");
  }
  const version = head[6];
  const start = version === 1 ? 10 : 12;
  if (size < start) throw bad(`its header begins at byte ${start} but the file has ${size} bytes`);
  if (version < 1 || version > 3) throw wrong(`its version is ${version} but must be 1, 2 or 3`);
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAXIMUM_HEADER) {
    throw bad(`its header has ${length} bytes but the limit is ${MAXIMUM_HEADER}`);
  }
  const offset = start + length;
  if (offset > size) throw bad(`its header ends at byte ${offset} but the file has ${size} bytes`);
  // Latin-1 even for version 3, which is UTF-8: only ASCII is accepted below.
  const text = new TextDecoder("latin1").decode(await readExactly(source, start, length));
  const fields = parseHeader(text, wrong);
  const keys = [...fields.keys()].sort().join(", ");
  if (keys !== "descr, fortran_order, shape") {
    throw wrong(`its header has the keys ${keys} but must have descr, fortran_order, shape`);
  }
  const descr = fields.get("descr");
  const fortran = fields.get("fortran_order");
  const shape = fields.get("shape");
  if (typeof descr !== "string" || !/^[<>]f[248]$/.test(descr)) {
    throw wrong(`its descr is ${JSON.stringify(descr)} but must be <f2, <f4, <f8, >f2, >f4 or >f8`);
  }
  if (typeof fortran !== "boolean") throw wrong(`its fortran_order is ${fortran}, not a boolean`);
  if (!Array.isArray(shape)) throw wrong(`its shape is ${JSON.stringify(shape)}, not a tuple`);
  if (shape.length !== 1 && shape.length !== 2) {
    throw bad(`its shape [${shape}] has ${shape.length} dimensions but must have 1 or 2`);
  }
  if (fortran && shape.length > 1) {
    throw wrong(
      `its array [${shape}] is in fortran_order (column-major): save numpy.ascontiguousarray of it`,
    );
  }
  const dtype = DTYPES[descr.slice(1)];
  const expected = shape.reduce((a, b) => a * b, FLOAT_BYTES[dtype]);
  if (!shape.every(Number.isSafeInteger) || !Number.isSafeInteger(expected)) {
    throw bad(`its shape [${shape}] is too large`);
  }
  const given = size - offset;
  if (expected !== given) {
    throw bad(
      `its shape [${shape}] of ${descr} needs ${expected} bytes of data but it has ${given}`,
    );
  }
  return { dtype, bigEndian: descr[0] === ">", shape, offset };
}

/**
 * Reads the array of a `.npy` file as float32, in row-major order.
 *
 * @param rows the rows to read, or the values of a one-dimensional array; by default all.
 * @param header what {@linkcode readNpyHeader} returned for this source; by default it is read again.
 * @throws {RangeError} if the file lacks the rows, and as {@linkcode readNpyHeader}.
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
