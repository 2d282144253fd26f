/**
 * Weights that stay in the type in which a file stores them.
 *
 * @module
 */
import { float16Value } from "./expand_float16.ts";

/** The type of stored weights: float16, bfloat16, or int8 with a scale per latent. */
export type StoredType = "f16" | "bf16" | "int8";

/** Returns how many words a latent of this many weights takes: rows begin at whole words. */
export function storedWords(type: StoredType, count: number): number {
  return Math.ceil(count / (type === "int8" ? 4 : 2));
}

/** Returns the weight of input k in the row that begins at word `at`: exact, but for int8 rounded to float32. */
export function storedWeight(
  type: StoredType,
  { words, at, k, scale }: {
    readonly words: Uint32Array;
    readonly at: number;
    readonly k: number;
    /** The latent's scale; only int8 has one. */
    readonly scale: number;
  },
): number {
  if (type === "int8") {
    const byte = words[at + (k >> 2)] << (24 - 8 * (k & 3)) >> 24;
    return Math.fround(scale * byte);
  }
  const bits = words[at + (k >> 1)] >>> (16 * (k & 1)) & 0xffff;
  if (type === "f16") return float16Value(bits);
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0];
}

/** Returns rows [N, d] of stored weights in float64. */
export function expandStored(
  type: StoredType,
  words: Uint32Array,
  scale: ArrayLike<number>,
  { N, d }: { readonly N: number; readonly d: number },
): Float64Array {
  const V = storedWords(type, d);
  const weights = new Float64Array(N * d);
  for (let i = 0; i < N; i++) {
    for (let k = 0; k < d; k++) {
      weights[i * d + k] = storedWeight(type, { words, at: i * V, k, scale: scale[i] });
    }
  }
  return weights;
}
