/**
 * A batch of rows as the host holds it.
 *
 * @module
 */
import { checkBatch, rowsOf } from "../base/checks.ts";
import { firstNonFiniteFloat16, nonFiniteFloat16 } from "../base/float16.ts";

/**
 * Rows of values, one after the other: float32, or the bits of float16 numbers as F16 files hold them, which
 * reach the device in half the bytes. A `Float16Array` has these bits: `new Uint16Array(array.buffer)`.
 */
export type Batch = BatchKinds[keyof BatchKinds];

/** The arrays that batches are, by the format of their values: named as in safetensors. */
export interface BatchKinds {
  /** float32 */
  F32: Float32Array;
  /** The bits of float16 numbers. */
  F16: Uint16Array;
}

/** Squares of larger inputs might not sum to a finite float32, and spoil the running norm for good. */
const LARGEST_INPUT = 1e15;

/** The number of rows of a batch, if it is one that can be trained on; `scaled` if its norm is taken. */
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
