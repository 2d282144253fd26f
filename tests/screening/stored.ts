/**
 * Encoders in the type of a file.
 *
 * @module
 */
import { WEIGHT_LEVELS } from "../../kernels/quantize_rows.ts";
import { expandStored, type StoredType } from "../../kernels/stored_weights.ts";
import { pack } from "../conformance/stored.ts";

/** Rows of an encoder in the type of a file, and the numbers that they stand for. */
export interface StoredRows {
  readonly type: StoredType;
  readonly V: number;
  readonly stored: Uint32Array;
  readonly scale: Float32Array;
  readonly encoder: Float32Array;
}

/**
 * Rounds an encoder to a type. For float16 and bfloat16, rounded numbers stay as they are. The scales of int8 have the
 * sign given.
 */
export function storedFrom(
  type: StoredType,
  encoder: Float32Array,
  d: number,
  sign = 1,
): StoredRows {
  const N = encoder.length / d;
  const scale = new Float32Array(N).fill(1);
  const values = Array.from(encoder);
  for (let i = 0; type === "int8" && i < N; i++) {
    const row = encoder.subarray(i * d, (i + 1) * d);
    const largest = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    scale[i] = sign * largest / WEIGHT_LEVELS || 1;
    row.forEach((value, k) => values[i * d + k] = Math.round(value / scale[i]));
  }
  const packed = pack(type, values, { N, d });
  const expanded = expandStored(type, packed.stored, scale, { N, d });
  return { type, ...packed, scale, encoder: Float32Array.from(expanded) };
}
