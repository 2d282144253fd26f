/**
 * Reads safetensors files from untrusted sources.
 *
 * @module
 */
import { type ByteSource, readExactly } from "../sources/bytes.ts";
import { readFloatRows, type RowRange } from "./float_rows.ts";
import { FLOAT_BYTES, isFloatDType } from "./floats.ts";
import {
  BITS,
  isCount,
  type SafetensorsDType,
  type SafetensorsEntry,
  type SafetensorsHeader,
  show,
} from "./safetensors_layout.ts";

// The limit of the reference implementation.
const MAXIMUM_HEADER = 100_000_000;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
/** Returns a key that an object of a valid JSON text has twice: `JSON.parse` would keep only the last. */
function duplicateKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  const colon = /\s*:/y;
  for (let i = 0; i < json.length; i++) {
    const c = json[i];
    if (c === "{") open.push(new Set());
    else if (c === "[") open.push(undefined);
    else if (c === "}" || c === "]") open.pop();
    else if (c === '"') {
      const start = i;
      while (json[++i] !== '"') if (json[i] === "\\") i++;
      colon.lastIndex = i + 1;
      if (!colon.test(json)) continue;
      const key = JSON.parse(json.slice(start, i + 1));
      if (open.at(-1)!.has(key)) return key;
      open.at(-1)!.add(key);
    }
  }
}

function parseJson(subject: string, bytes: Uint8Array): Record<string, unknown> {
  let json: string;
  let value: unknown;
  try {
    json = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(json);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new TypeError(`Cannot read ${subject}: its header is not JSON: ${why}`, { cause });
  }
  if (!isObject(value)) {
    throw new TypeError(
      `Cannot read ${subject}: its header is ${show(value)} but must be an object`,
    );
  }
  const twice = duplicateKey(json);
  if (twice !== undefined) {
    throw new RangeError(`Cannot read ${subject}: its header has the key ${show(twice)} twice`);
  }
  return value;
}

function parseEntry(subject: string, info: unknown, base: number, size: number): SafetensorsEntry {
  const wrong = (why: string) => new TypeError(`Cannot read ${subject}: ${why}`);
  const bad = (why: string) => new RangeError(`Cannot read ${subject}: ${why}`);
  if (!isObject(info)) throw wrong(`its entry is ${show(info)} but must be an object`);
  const { dtype, shape, data_offsets: offsets } = info;
  if (typeof dtype !== "string" || !Object.hasOwn(BITS, dtype)) {
    throw wrong(`its dtype is ${show(dtype)} but must be one of ${Object.keys(BITS).join(", ")}`);
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    throw wrong(`its shape is ${show(shape)} but must be whole numbers from 0 on`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw wrong(`its data_offsets are ${show(offsets)} but must be two whole numbers from 0 on`);
  }
  let bits = BITS[dtype as SafetensorsDType];
  for (const n of shape) {
    if (!Number.isSafeInteger(bits *= n)) throw bad(`its shape ${show(shape)} is too large`);
  }
  const [begin, end] = offsets;
  if (bits !== (end - begin) * 8) {
    throw bad(
      `its shape ${show(shape)} of ${dtype} needs ${bits / 8} bytes ` +
        `but its offsets ${begin} to ${end} hold ${end - begin}`,
    );
  }
  if (base + end > size) {
    throw bad(`its data ends at byte ${base + end} but the file has ${size} bytes`);
  }
  return { dtype: dtype as SafetensorsDType, shape, offset: base + begin, byteLength: end - begin };
}

/**
 * Reads and checks the header of a safetensors file, which may come from an untrusted source. All tensors that
 * are returned lie within the file and fill it without overlaps or holes.
 *
 * @throws {RangeError} if a length, a shape or an offset is impossible, or a key occurs twice.
 * @throws {TypeError} if the header is not JSON, or a part of it has the wrong type.
 *
 * @example
 * ```ts
 * import { encodeSafetensors, readSafetensorsHeader, sourceFromBytes } from "@matryoshka/sae";
 *
 * const bytes = encodeSafetensors({ b: { shape: [2], data: new Float32Array([1, 2]) } });
 * const { tensors } = await readSafetensorsHeader(sourceFromBytes(bytes));
 * if (tensors.get("b")?.byteLength !== 8) throw new Error("expected 8 bytes");
 * ```
 */
export async function readSafetensorsHeader(source: ByteSource): Promise<SafetensorsHeader> {
  const { name, size } = source;
  const bad = (why: string) => new RangeError(`Cannot read ${name}: ${why}`);
  if (size < 8) throw bad(`a safetensors file has 8 bytes of header length but it has ${size}`);
  const head = await readExactly(source, 0, 8);
  const length = Number(new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true));
  if (length > size - 8) {
    throw bad(`its header ends at byte ${8 + length} but the file has ${size} bytes`);
  }
  if (length > MAXIMUM_HEADER) {
    throw bad(`its header has ${length} bytes but the limit is ${MAXIMUM_HEADER}`);
  }
  const { __metadata__: metadata = {}, ...entries } = parseJson(
    name,
    await readExactly(source, 8, length),
  );
  if (!isObject(metadata)) {
    throw new TypeError(
      `Cannot read ${name}: its __metadata__ is ${show(metadata)}, not an object`,
    );
  }
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value === "string") continue;
    throw new TypeError(
      `Cannot read ${name}: its metadata ${show(key)} is ${show(value)} but must be a string`,
    );
  }
  const tensors = new Map<string, SafetensorsEntry>();
  for (const [key, info] of Object.entries(entries)) {
    tensors.set(key, parseEntry(`tensor ${show(key)} of ${name}`, info, 8 + length, size));
  }
  const byPlace = [...tensors].sort(([, a], [, b]) =>
    a.offset - b.offset || a.byteLength - b.byteLength
  );
  let end = 8 + length;
  let before = "the header";
  for (const [key, entry] of byPlace) {
    if (entry.offset !== end) {
      const what = entry.offset < end ? "overlap" : "leave a hole";
      throw bad(
        `its tensors ${what}: ${before} ends at byte ${end} ` +
          `but ${show(key)} begins at ${entry.offset}`,
      );
    }
    end += entry.byteLength;
    before = show(key);
  }
  if (end !== size) throw bad(`its tensors end at byte ${end} but the file has ${size} bytes`);
  return { tensors, metadata: metadata as Record<string, string> };
}

/**
 * Reads one tensor of a safetensors file as float32, in row-major order.
 *
 * @param header what {@linkcode readSafetensorsHeader} returned for this source.
 * @param name the tensor's name; its dtype must be a `FloatDType`.
 * @param rows the rows along its first dimension, by default all.
 * @throws {RangeError} if the file lacks the tensor or the rows, or a float64 does not fit float32.
 * @throws {TypeError} if its dtype is not a `FloatDType`.
 *
 * @example
 * ```ts
 * import {
 *   encodeSafetensors,
 *   readSafetensorsHeader,
 *   readTensor,
 *   sourceFromBytes,
 * } from "@matryoshka/sae";
 *
 * const data = new Float32Array([1, 2, 3, 4]);
 * const source = sourceFromBytes(encodeSafetensors({ W: { shape: [2, 2], data } }));
 * const header = await readSafetensorsHeader(source);
 * const second = await readTensor(source, header, "W", { from: 1 });
 * if (second[0] !== 3) throw new Error("expected [3, 4]");
 * ```
 */
export async function readTensor(
  source: ByteSource,
  header: SafetensorsHeader,
  name: string,
  rows?: RowRange,
): Promise<Float32Array> {
  const entry = header.tensors.get(name);
  const subject = `tensor ${show(name)} of ${source.name}`;
  if (entry === undefined) {
    const names = [...header.tensors.keys()].map(show).join(", ") || "no tensors";
    throw new RangeError(`Cannot read ${subject}: the file has ${names}`);
  }
  const { dtype, shape, offset } = entry;
  if (!isFloatDType(dtype)) {
    const readable = Object.keys(FLOAT_BYTES).join(", ");
    throw new TypeError(
      `Cannot read ${subject}: its dtype is ${dtype} but only ${readable} are read`,
    );
  }
  return await readFloatRows(source, subject, { dtype, shape, offset }, rows);
}
