/**
 * What the host finds in a batch. Where a rank computes only some of its rows, it needs the scale and the variance of
 * the whole batch, which every rank has.
 *
 * @module
 */
import type { Values } from "../../kernels/kernel.ts";
import { decodeFloats } from "../io/arrays/floats.ts";
import type { Batch } from "../model/batch.ts";
import { RUNNING_DECAY } from "./step_controls.ts";

/** Returns the values of a batch as float32. */
export function float32Batch(batch: Batch | Float64Array): Float32Array {
  if (batch instanceof Float64Array) return Float32Array.from(batch);
  if (!(batch instanceof Uint16Array)) return batch;
  const { buffer, byteOffset, byteLength } = batch;
  return decodeFloats(new Uint8Array(buffer, byteOffset, byteLength), "F16");
}

/** The running norm and the scale after a batch: see the kernel `scaleInput`. */
export interface InputScale {
  readonly running: number;
  readonly scale: number;
}

/**
 * Returns the running norm and the scale after a batch of rows [B, d].
 *
 * @param before The running norm before it, as its tensor holds it: float32 numbers are rounded in the same way.
 * @param correction 1 − decay^t, or 1.
 */
export function scaleAfter(
  batch: ArrayLike<number>,
  rows: number,
  before: Values,
  correction: number,
): InputScale {
  const d = batch.length / rows;
  let meanNorm = 0;
  for (let b = 0; b < rows; b++) {
    let square = 0;
    for (let k = 0; k < d; k++) square += batch[b * d + k] ** 2;
    meanNorm += Math.sqrt(square) / rows;
  }
  const round = before instanceof Float32Array ? Math.fround : Number;
  const running = round(RUNNING_DECAY * before[0] + (1 - RUNNING_DECAY) * meanNorm);
  return { running, scale: round(running > 0 ? Math.sqrt(d) * correction / running : 1) };
}

/** Returns rows times the scale, as the backend holds numbers: in an array of the kind of `like`. */
export function scaledRows(
  rows: Float32Array | Float64Array,
  scale: number,
  like: Values,
): Float32Array | Float64Array {
  const scaled = like instanceof Float32Array
    ? new Float32Array(rows.length)
    : new Float64Array(rows.length);
  // `from` with a function takes 400 ns for each number (measured), which is seconds for a large batch.
  for (let i = 0; i < rows.length; i++) scaled[i] = rows[i] * scale;
  return scaled;
}
