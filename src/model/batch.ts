/**
 * Batches of rows in host memory.
 *
 * @module
 */
import { checkBatch, rowsOf } from "../base/checks.ts";
import { firstNonFiniteFloat16, nonFiniteFloat16 } from "../base/float16.ts";

/**
 * Rows of values, one after the other: float32, or the bits of float16 numbers, as in F16 files, which take half the
 * bytes to upload. The bits of a `Float16Array` are `new Uint16Array(array.buffer)`.
 */
export type Batch = BatchKinds[keyof BatchKinds];

/** The arrays of batches, by the format of their values, which is named as in safetensors. */
export interface BatchKinds {
  /** float32 */
  F32: Float32Array;
  /** The bits of float16 numbers. */
  F16: Uint16Array;
}

/** Squares of larger inputs might overflow float32 in a sum, which would spoil the running norm for good. */
const LARGEST_INPUT = 1e15;

/** Checks a batch to train on and returns its number of rows. `scaled` tells that inputs are scaled by their norm. */
export function checkTrainingBatch(
  batch: Batch,
  inputSize: number,
  task: string,
  scaled: boolean,
): number {
  if (!(batch instanceof Uint16Array)) {
    return checkBatch(batch, inputSize, task, scaled ? LARGEST_INPUT : undefined);
  }
  const rows = rowsOf(batch, inputSize, task);
  const bad = firstNonFiniteFloat16(batch);
  if (bad < 0) return rows;
  const row = Math.floor(bad / inputSize);
  throw new RangeError(
    `Cannot ${task}: row ${row} of the batch has ${nonFiniteFloat16(batch[bad])}`,
  );
}
