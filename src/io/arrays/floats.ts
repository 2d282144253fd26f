/**
 * Decodes and encodes the floating-point formats of files.
 *
 * @module
 */
/** The floating-point formats that are read, named as in safetensors. */
export type FloatDType = "F16" | "BF16" | "F32" | "F64";

/** Bytes per value. */
export const FLOAT_BYTES: Readonly<Record<FloatDType, number>> = {
  F16: 2,
  BF16: 2,
  F32: 4,
  F64: 8,
};

/** Returns whether values of this format can be read as float32. */
export function isFloatDType(dtype: string): dtype is FloatDType {
  return Object.hasOwn(FLOAT_BYTES, dtype);
}

// All 65,536 float16 numbers as float32 bits, so that decoding is one load per value. 256 KiB, made at first use.
let decoded: Uint32Array | undefined;

function float16Table(): Uint32Array {
  if (decoded !== undefined) return decoded;
  const floats = new Float32Array(65536);
  const bits = new Uint32Array(floats.buffer);
  for (let h = 0; h < 65536; h++) {
    const sign = h & 0x8000 ? -1 : 1;
    const exponent = (h >> 10) & 31;
    const fraction = h & 1023;
    // Infinity and NaN as bits, so that NaN keeps its payload and its sign.
    if (exponent === 31) bits[h] = ((h & 0x8000) << 16) | 0x7f800000 | (fraction << 13);
    else if (exponent === 0) floats[h] = sign * fraction * 2 ** -24;
    else floats[h] = sign * (1024 + fraction) * 2 ** (exponent - 25);
  }
  return decoded = bits;
}

/** Returns the float16 bits nearest to float32 bits `u`, ties to even. */
function toFloat16(u: number): number {
  const sign = (u >>> 16) & 0x8000;
  const magnitude = u & 0x7fffffff;
  // A NaN stays a NaN: its quiet bit is set, and the top of its payload is kept.
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >>> 13) & 0x1ff);
  // From 65520 on, half way past the largest float16 (65504), the nearest is infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // From 2⁻¹⁴ on the result is normal: move the exponent's bias from 127 to 15 and round off 13 bits.
  if (magnitude >= 0x38800000) {
    return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  }
  // Subnormal: count in units of 2⁻²⁴. Up to 2⁻²⁵, half a unit, the nearest even count is 0.
  if (magnitude <= 0x33000000) return sign;
  const shift = 126 - (magnitude >>> 23);
  const significand = (magnitude & 0x7fffff) | 0x800000;
  const count = significand >>> shift;
  const rest = significand - (count << shift);
  const half = 1 << (shift - 1);
  return sign | (count + (rest > half || (rest === half && (count & 1) === 1) ? 1 : 0));
}

/** Returns the bfloat16 bits nearest to float32 bits `u`, ties to even. */
function toBfloat16(u: number): number {
  if ((u & 0x7fffffff) > 0x7f800000) return (u >>> 16) | 0x40;
  return (u + 0x7fff + ((u >>> 16) & 1)) >>> 16;
}

/** Copies bytes, those of each value in the opposite order. */
function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i += width) {
    for (let k = 0; k < width; k++) out[i + k] = bytes[i + width - 1 - k];
  }
  return out;
}

/**
 * Decodes the values of a file to float32. F16, BF16 and F32 are exact, subnormals, infinities and NaN included.
 * F64 is rounded to nearest; values beyond the range of float32 become infinite. The bytes need no alignment. The
 * host must be little-endian, as every host that runs WebAssembly is in practice.
 *
 * @param bytes the values, one after another, little-endian unless `bigEndian`.
 * @param into the target, with room for exactly these values; by default a new array.
 * @throws {RangeError} if the bytes are not whole values, or their number differs from the length of `into`.
 *
 * @example
 * ```ts
 * import { decodeFloats } from "@matryoshka/sae";
 *
 * const [one, minusTwo] = decodeFloats(new Uint8Array([0x00, 0x3c, 0x00, 0xc0]), "F16");
 * if (one !== 1 || minusTwo !== -2) throw new Error("expected 1 and -2");
 * ```
 */
export function decodeFloats(
  bytes: Uint8Array,
  dtype: FloatDType,
  { bigEndian = false, into }: { bigEndian?: boolean; into?: Float32Array } = {},
): Float32Array {
  const width = FLOAT_BYTES[dtype];
  const count = bytes.length / width;
  if (!Number.isInteger(count)) {
    throw new RangeError(
      `Cannot decode ${dtype}: ${bytes.length} bytes are not a multiple of ${width}`,
    );
  }
  const out = into ?? new Float32Array(count);
  if (out.length !== count) {
    throw new RangeError(
      `Cannot decode ${dtype}: the bytes hold ${count} values but the target ${out.length}`,
    );
  }
  if (bigEndian) bytes = swapped(bytes, width);
  else if (bytes.byteOffset % width !== 0) bytes = bytes.slice();
  if (dtype === "F32") out.set(new Float32Array(bytes.buffer, bytes.byteOffset, count));
  else if (dtype === "F64") out.set(new Float64Array(bytes.buffer, bytes.byteOffset, count));
  else {
    const words = new Uint16Array(bytes.buffer, bytes.byteOffset, count);
    const bits = new Uint32Array(out.buffer, out.byteOffset, count);
    const table = float16Table();
    if (dtype === "F16") { for (let i = 0; i < count; i++) bits[i] = table[words[i]]; }
    else for (let i = 0; i < count; i++) bits[i] = words[i] << 16;
  }
  return out;
}

/** Returns value `index` of F64 values, before it is rounded. */
export function float64At(
  bytes: Uint8Array,
  index: number,
  { bigEndian }: { readonly bigEndian: boolean },
): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return view.getFloat64(FLOAT_BYTES.F64 * index, !bigEndian);
}

/**
 * Decodes the values of a file as {@linkcode decodeFloats} does, but refuses numbers that do not fit float32.
 *
 * @throws {RangeError} that begins with "Cannot read" and the subject.
 */
export function decodeFitting(
  bytes: Uint8Array,
  dtype: FloatDType,
  bigEndian: boolean,
  subject: string,
): Float32Array {
  const values = decodeFloats(bytes, dtype, { bigEndian });
  if (dtype !== "F64") return values;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    const value = float64At(bytes, i, { bigEndian });
    if (!Number.isFinite(value)) continue;
    throw new RangeError(
      `Cannot read ${subject}: value ${i} is ${value}, which does not fit float32`,
    );
  }
  return values;
}

/** Copies the bits of F16 values. The bytes need no alignment. */
export function copyFloat16(
  bytes: Uint8Array,
  { bigEndian = false, into }: { bigEndian?: boolean; into: Uint16Array },
): void {
  const width = FLOAT_BYTES.F16;
  const target = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  target.set(bigEndian ? swapped(bytes, width) : bytes);
}

/**
 * Encodes float32 values as the little-endian bytes of a file. F16 and BF16 are rounded to nearest, ties to even;
 * values that are too large become infinite, and NaN stays NaN.
 *
 * @example
 * ```ts
 * import { encodeFloats } from "@matryoshka/sae";
 *
 * const bytes = encodeFloats(new Float32Array([1, 65520]), "F16");
 * if (bytes.join() !== "0,60,0,124") throw new Error("expected 1 and infinity");
 * ```
 */
export function encodeFloats(values: Float32Array, dtype: FloatDType): Uint8Array {
  if (dtype === "F32") {
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
  }
  if (dtype === "F64") return new Uint8Array(new Float64Array(values).buffer);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const words = new Uint16Array(values.length);
  if (dtype === "F16") { for (let i = 0; i < words.length; i++) words[i] = toFloat16(bits[i]); }
  else for (let i = 0; i < words.length; i++) words[i] = toBfloat16(bits[i]);
  return new Uint8Array(words.buffer);
}
