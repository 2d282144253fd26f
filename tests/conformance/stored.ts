/**
 * Weights in the type of a file, for the kernels that read them so.
 *
 * @module
 */
import { float16Value } from "../../kernels/expand_float16.ts";
import { type StoredType, storedWords } from "../../kernels/stored_weights.ts";
import type { Random } from "../../src/base/random.ts";

/** The types of stored weights. */
export const STORED_TYPES: readonly StoredType[] = ["f16", "bf16", "int8"];

/** The bits of every finite float16, in ascending order of the numbers' magnitudes. */
const FLOAT16: readonly number[] = Array.from({ length: 0x7c00 }, (_, bits) => float16Value(bits));

/** Returns the bits of the float16 that is nearest to zero among those not below |value|. */
function float16Bits(value: number): number {
  let low = 0, high = FLOAT16.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (FLOAT16[middle] < Math.abs(value)) low = middle + 1;
    else high = middle;
  }
  return low | (value < 0 ? 0x8000 : 0);
}

const BITS: Record<StoredType, (value: number) => number> = {
  f16: float16Bits,
  bf16: (value) => new Uint32Array(Float32Array.of(value).buffer)[0] >>> 16,
  int8: (value) => value & 255,
};

/** Packs rows [N, d] of numbers of the type: integers from −128 to 127 for int8. Others are rounded. */
export function pack(
  type: StoredType,
  values: ArrayLike<number>,
  { N, d }: { readonly N: number; readonly d: number },
): { readonly V: number; readonly stored: Uint32Array } {
  const V = storedWords(type, d), each = type === "int8" ? 4 : 2;
  const stored = new Uint32Array(N * V);
  for (let i = 0; i < N; i++) {
    for (let k = 0; k < d; k++) {
      const bits = BITS[type](values[i * d + k]) << (32 / each * (k % each));
      stored[i * V + Math.floor(k / each)] |= bits;
    }
  }
  return { V, stored };
}

/** Returns rows of random weights, one in six of them zero, and for int8 their scales, as files have them. */
export function storedRows(
  random: Random,
  type: StoredType,
  dims: { readonly N: number; readonly d: number },
) {
  const { N, d } = dims;
  const values: number[] = [];
  for (let i = 0; i < N; i++) {
    const isZero = random.integer(6) === 0;
    for (let k = 0; k < d; k++) {
      const value = type === "int8" ? random.integer(256) - 128 : random.normal();
      values.push(isZero ? 0 : value);
    }
  }
  // Only int8 reads it.
  const scale = Array.from({ length: N }, () => type === "int8" ? 0.01 + random.uniform() : NaN);
  return { ...pack(type, values, dims), scale };
}
