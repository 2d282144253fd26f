/**
 * Writes safetensors files.
 *
 * @module
 */
import { encodeFloats, FLOAT_BYTES, type FloatDType, isFloatDType } from "./floats.ts";
import { isCount, type SafetensorsDType, show } from "./safetensors_layout.ts";

/** A tensor to be written. */
export interface TensorData {
  /** Its dimensions, whose product is the number of values. */
  shape: readonly number[];
  /** Its values in row-major order. */
  data: Float32Array;
  /** The format of the values in the file, by default `"F32"`. */
  dtype?: FloatDType;
}

/**
 * Encodes a safetensors file. The same tensors and metadata give the same bytes, regardless of the order of
 * insertion: wider formats come first, then names in code-unit order. The data begins at a multiple of 8 bytes.
 *
 * @param tensors the tensors by name.
 * @param metadata strings for `__metadata__`, by default none.
 * @throws {RangeError} if a shape does not match its data, or a name is `__metadata__`.
 * @throws {TypeError} if data is not a Float32Array, or a value of the metadata is not a string.
 *
 * @example
 * ```ts
 * import { encodeSafetensors } from "@matryoshka/sae";
 *
 * const data = new Float32Array([0.5, 1, 2]);
 * const bytes = encodeSafetensors({ half: { shape: [3], data, dtype: "F16" } }, { by: "me" });
 * if (bytes.length % 8 !== 6) throw new Error("expected an aligned header and 6 bytes of data");
 * ```
 */
export function encodeSafetensors(
  tensors: Record<string, TensorData>,
  metadata: Record<string, string> = {},
): Uint8Array {
  const exact: Record<string, EncodedTensor> = {};
  for (const [name, { shape, data, dtype = "F32" }] of Object.entries(tensors)) {
    const subject = `Cannot encode tensor ${show(name)}`;
    if (name === "__metadata__") throw new RangeError(`${subject}: the format reserves this name`);
    if (!(data instanceof Float32Array)) {
      throw new TypeError(`${subject}: its data must be a Float32Array but is ${typeof data}`);
    }
    if (!isFloatDType(dtype)) {
      throw new TypeError(
        `${subject}: its dtype ${show(dtype)} is not in ${Object.keys(FLOAT_BYTES)}`,
      );
    }
    if (!shape.every(isCount) || shape.reduce((a, b) => a * b, 1) !== data.length) {
      throw new RangeError(
        `${subject}: its shape ${show(shape)} does not hold its ${data.length} values`,
      );
    }
    const width = FLOAT_BYTES[dtype];
    const byteLength = data.length * width;
    exact[name] = { dtype, shape, width, byteLength, bytes: () => encodeFloats(data, dtype) };
  }
  return joinTensors(exact, metadata);
}

/** Encodes a file of tensors whose bytes are made one tensor at a time. Shapes must match the bytes. */
export function joinTensors(
  tensors: Readonly<Record<string, EncodedTensor>>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const { head, offsets, byteLength } = layOut(tensors, metadata);
  const bytes = new Uint8Array(byteLength);
  bytes.set(head);
  for (const [name, offset] of offsets) bytes.set(tensors[name].bytes(), offset);
  return bytes;
}

/** A tensor as the header describes it. */
export interface DescribedTensor {
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  /** Bytes per value. */
  readonly width: number;
  readonly byteLength: number;
}

/** A tensor whose bytes are made only when they are written. */
export interface EncodedTensor extends DescribedTensor {
  bytes(): Uint8Array;
}

/** Yields a file in pieces: the header, then each tensor. Shapes must match the bytes: they are not checked. */
export function* safetensorsChunks(
  tensors: Readonly<Record<string, EncodedTensor>>,
  metadata: Readonly<Record<string, string>>,
): Generator<Uint8Array, void, void> {
  const { head, names } = layOut(tensors, metadata);
  yield head;
  for (const name of names) yield tensors[name].bytes();
}

/** Where a file has its parts. */
export interface SafetensorsLayout {
  /** Its first bytes: the header and its length. */
  readonly head: Uint8Array;
  /** The names of its tensors in the order of the data. */
  readonly names: readonly string[];
  /** The positions of the tensors' first bytes by their names. */
  readonly offsets: ReadonlyMap<string, number>;
  readonly byteLength: number;
}

/** Lays out a file: the same tensors and metadata give the same layout. */
export function layOut(
  tensors: Readonly<Record<string, DescribedTensor>>,
  metadata: Readonly<Record<string, string>>,
): SafetensorsLayout {
  const entries: [string, unknown][] = [];
  const keys = Object.keys(metadata).sort();
  for (const key of keys) {
    if (typeof metadata[key] === "string") continue;
    throw new TypeError(
      `Cannot encode metadata ${show(key)}: it is ${show(metadata[key])} but must be a string`,
    );
  }
  if (keys.length > 0) {
    entries.push(["__metadata__", Object.fromEntries(keys.map((key) => [key, metadata[key]]))]);
  }
  // sort() compares code units, and the second sort is stable.
  const names = Object.keys(tensors).sort().sort((a, b) => tensors[b].width - tensors[a].width);
  const begins = new Map<string, number>();
  let end = 0;
  for (const name of names) {
    const { dtype, shape, byteLength } = tensors[name];
    begins.set(name, end);
    entries.push([name, { dtype, shape, data_offsets: [end, end += byteLength] }]);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const base = Math.ceil((8 + json.length) / 8) * 8;
  const head = new Uint8Array(base);
  new DataView(head.buffer).setBigUint64(0, BigInt(base - 8), true);
  head.fill(0x20, 8).set(json, 8);
  const offsets = new Map([...begins].map(([name, begin]) => [name, base + begin]));
  return { head, names, offsets, byteLength: base + end };
}
