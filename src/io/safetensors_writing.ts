/**
 * Writes safetensors files.
 *
 * @module
 */
import { encodeFloats, FLOAT_BYTES, type FloatDType, isFloatDType } from "./floats.ts";
import { isCount, show } from "./safetensors_reading.ts";

/** A tensor to be written. */
export interface TensorData {
  /** Its dimensions, whose product is the number of values. */
  shape: readonly number[];
  /** Its values in row-major order. */
  data: Float32Array;
  /** How the file keeps them, by default `"F32"`. */
  dtype?: FloatDType;
}

/**
 * A safetensors file. The same tensors and metadata give the same bytes, in whatever order they
 * were inserted: wider formats come first, then names in code-unit order. The data begins at a
 * multiple of 8 bytes.
 *
 * @param tensors what to write, by name.
 * @param metadata strings for `__metadata__`, by default none.
 * @throws {RangeError} where a shape does not match its data, or a name is `__metadata__`.
 * @throws {TypeError} where data is no Float32Array or metadata no string.
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
  const width = (name: string) => FLOAT_BYTES[tensors[name].dtype ?? "F32"];
  // Object.keys().sort() compares code units; the second sort is stable.
  const names = Object.keys(tensors).sort().sort((a, b) => width(b) - width(a));
  let end = 0;
  for (const name of names) {
    const { shape, data, dtype = "F32" } = tensors[name];
    const subject = `Cannot encode tensor ${show(name)}`;
    if (name === "__metadata__") throw new RangeError(`${subject}: the format keeps this name`);
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
    const begin = end;
    end += data.length * FLOAT_BYTES[dtype];
    entries.push([name, { dtype, shape, data_offsets: [begin, end] }]);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const base = Math.ceil((8 + json.length) / 8) * 8;
  const bytes = new Uint8Array(base + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(base - 8), true);
  bytes.fill(0x20, 8, base).set(json, 8);
  let offset = base;
  for (const name of names) {
    const encoded = encodeFloats(tensors[name].data, tensors[name].dtype ?? "F32");
    bytes.set(encoded, offset);
    offset += encoded.length;
  }
  return bytes;
}
