/**
 * Reads arrays of whole numbers from safetensors and `.npy` files.
 *
 * @module
 */
import { type ByteSource, readSafetensorsHeader } from "@matryoshka/sae";

/** Whole numbers of a file, before they are read. */
interface IntegerArray {
  readonly count: number;
  readonly bytes: number;
  readonly signed: boolean;
  readonly bigEndian: boolean;
  readonly offset: number;
}

/** Bytes that are read at a time. */
const PIECE = 2 ** 20;

const NPY_MAGIC = "\u0093NUMPY";

/**
 * Reads an array of tokens: of a safetensors file the tensor with this name, of a `.npy` file its array.
 *
 * @throws {TypeError} if the file is of another kind, or its numbers are not whole.
 * @throws {RangeError} if there is no such tensor, or a number is negative or 2³² or more.
 */
export async function readIntegers(file: ByteSource, tensor: string): Promise<Uint32Array> {
  const start = await file.read(0, Math.min(file.size, NPY_MAGIC.length));
  const isNpy = String.fromCharCode(...start) === NPY_MAGIC;
  return await valuesOf(file, isNpy ? await npyArray(file) : await tensorOf(file, tensor));
}

async function tensorOf(file: ByteSource, name: string): Promise<IntegerArray> {
  const { tensors } = await readSafetensorsHeader(file);
  const found = tensors.get(name);
  if (!found) {
    const names = [...tensors.keys()].slice(0, 10).map((each) => `"${each}"`).join(", ");
    throw new RangeError(
      `Cannot read tokens of ${file.name}: it has no tensor "${name}" but ${names}; ` +
        "--token-data names a file of tokens",
    );
  }
  const [, kind, bits] = /^([IU])(8|16|32|64)$/.exec(found.dtype) ?? wrongType(file, found.dtype);
  const bytes = Number(bits) / 8;
  const { offset, byteLength } = found;
  return { count: byteLength / bytes, bytes, signed: kind === "I", bigEndian: false, offset };
}

async function npyArray(file: ByteSource): Promise<IntegerArray> {
  const long = (await file.read(6, 1))[0] > 1;
  const size = await file.read(8, long ? 4 : 2);
  const length = size.reduceRight((sum, byte) => 256 * sum + byte, 0);
  const begin = 8 + size.length;
  const header = new TextDecoder().decode(await file.read(begin, length));
  const descr = /'descr': *'([^']*)'/.exec(header)?.[1] ?? "unknown";
  const [, order, kind, digits] = /^([<>|])([iu])([1248])$/.exec(descr) ?? wrongType(file, descr);
  const bytes = Number(digits), offset = begin + length;
  const count = (file.size - offset) / bytes;
  return { count, bytes, signed: kind === "i", bigEndian: order === ">", offset };
}

function wrongType(file: ByteSource, type: string): never {
  throw new TypeError(
    `Cannot read tokens of ${file.name}: they must be whole numbers but are ${type}`,
  );
}

async function valuesOf(file: ByteSource, array: IntegerArray): Promise<Uint32Array> {
  const { count, bytes, signed, bigEndian, offset } = array;
  if (!Number.isInteger(count)) {
    throw new RangeError(
      `Cannot read tokens of ${file.name}: the last of ${bytes} bytes is cut off`,
    );
  }
  const values = new Uint32Array(count);
  const perPiece = PIECE / bytes;
  for (let from = 0; from < count; from += perPiece) {
    const here = Math.min(perPiece, count - from);
    const piece = await file.read(offset + from * bytes, here * bytes);
    const view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength);
    for (let n = 0; n < here; n++) {
      const value = integerAt(view, n * bytes, bytes, signed, !bigEndian);
      if (value < 0 || value >= 2 ** 32) {
        throw new RangeError(
          `Cannot read tokens of ${file.name}: token ${from + n} must be from 0 to ${
            2 ** 32 - 1
          } but is ${value}`,
        );
      }
      values[from + n] = value;
    }
  }
  return values;
}

function integerAt(
  view: DataView,
  at: number,
  bytes: number,
  signed: boolean,
  little: boolean,
): number {
  if (bytes === 8) {
    return Number(signed ? view.getBigInt64(at, little) : view.getBigUint64(at, little));
  }
  if (bytes === 4) return signed ? view.getInt32(at, little) : view.getUint32(at, little);
  if (bytes === 2) return signed ? view.getInt16(at, little) : view.getUint16(at, little);
  return signed ? view.getInt8(at) : view.getUint8(at);
}
