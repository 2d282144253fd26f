/**
 * One encode to be computed with and without screening.
 *
 * @module
 */
import type { Selection } from "../../kernels/encode_sparse.ts";

/** The operands of an encode, in float32. */
export interface Problem {
  readonly B: number;
  readonly d: number;
  readonly N: number;
  readonly selection: Selection;
  readonly k: number;
  readonly input: Float32Array;
  readonly encoder: Float32Array;
  readonly encoderBias: Float32Array;
  readonly threshold: Float32Array;
}

/** A row of a batch and the encoder row of a latent. */
export interface Pair {
  readonly x: Float32Array;
  readonly E: Float32Array;
}

/** Returns Σ_k a_k b_k in float64, whose products of float32 are exact. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

/** Returns ‖a‖ in float64, for numbers of any magnitude that float32 has. */
export function norm(a: ArrayLike<number>): number {
  return Math.sqrt(dot(a, a));
}
