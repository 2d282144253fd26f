/**
 * Parses the headers of NumPy's `.npy` files.
 *
 * @module
 */
import { type ByteSource, readExactly } from "../sources/bytes.ts";
import { FLOAT_BYTES, type FloatDType } from "./floats.ts";

/** The first six bytes of every `.npy` file. */
export const NPY_MAGIC: readonly number[] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

// NumPy writes 118 bytes for such arrays, but version 2 of the format allows headers of 4 GiB.
const MAXIMUM_HEADER = 65536;

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

/** The header of a `.npy` file. */
export interface NpyFields {
  /** The element type, as NumPy writes it: `<f4`. */
  readonly descr: string;
  /** Whether the first dimension varies fastest, instead of the last. */
  readonly fortran: boolean;
  /** Its dimensions. */
  readonly shape: readonly number[];
  /** The position of the first byte of the data in the file. */
  readonly offset: number;
}

/** Reads the header of a `.npy` file of any element type; the length of the data is not checked. */
export async function readNpyFields(source: ByteSource): Promise<NpyFields> {
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
  if (typeof descr !== "string") {
    throw wrong(`its descr is ${JSON.stringify(descr)} but must be a string`);
  }
  if (typeof fortran !== "boolean") throw wrong(`its fortran_order is ${fortran}, not a boolean`);
  if (!Array.isArray(shape)) throw wrong(`its shape is ${JSON.stringify(shape)}, not a tuple`);
  return { descr, fortran, shape, offset };
}

const DTYPES: Readonly<Record<string, FloatDType>> = { f2: "F16", f4: "F32", f8: "F64" };

/** Returns the format of floats that NumPy describes so, or undefined. */
export function npyDType(descr: string): FloatDType | undefined {
  return /^[<>]f[248]$/.test(descr) ? DTYPES[descr.slice(1)] : undefined;
}

/** Returns the format of the floats of an array, and checks that they end where the file ends. */
export function checkNpyFloats(
  { name, size }: ByteSource,
  { descr, shape, offset }: NpyFields,
): FloatDType {
  const bad = (why: string) => new RangeError(`Cannot read ${name}: ${why}`);
  const dtype = npyDType(descr);
  if (dtype === undefined) {
    throw new TypeError(
      `Cannot read ${name}: its descr is ${JSON.stringify(descr)} ` +
        "but must be <f2, <f4, <f8, >f2, >f4 or >f8",
    );
  }
  const expected = shape.reduce((a, b) => a * b, FLOAT_BYTES[dtype]);
  if (!shape.every(Number.isSafeInteger) || !Number.isSafeInteger(expected)) {
    throw bad(`its shape [${shape}] is too large`);
  }
  const given = size - offset;
  if (expected === given) return dtype;
  throw bad(`its shape [${shape}] of ${descr} needs ${expected} bytes of data but it has ${given}`);
}
