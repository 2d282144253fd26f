/**
 * What becomes of a batch on the host: normalized rows, and at the first step the decoder bias.
 *
 * @module
 */
import type { Batch } from "../model/batch.ts";
import { normalizeRows } from "../model/row_normalization.ts";
import type { InputNormalization } from "../model/sae.ts";
import { float32Batch, scaleAfter } from "./batch_statistics.ts";
import { correctionAt } from "./step_controls.ts";
import type { TrainerParts } from "./trainer_parts.ts";

/** Returns a batch with each row normalized, in float64, or as it is. */
export function normalizedBatch(
  batch: Batch,
  inputSize: number,
  normalization: InputNormalization,
  task: string,
): Batch | Float64Array {
  if (normalization.kind === "none") return batch;
  const rows = float32Batch(batch);
  const into = new Float64Array(rows.length);
  normalizeRows(rows, inputSize, normalization, task, into);
  return into;
}

/** Sets the decoder bias by the first batch, in the units in which the step sees inputs. */
export async function startDecoderBias(
  { backend, tensors, options, sizes: { d } }: TrainerParts,
  batch: Batch | Float64Array,
): Promise<void> {
  const { decoderBiasStart } = options.recipe;
  if (decoderBiasStart === "initial") return;
  const rows = batch instanceof Float64Array ? batch : float32Batch(batch);
  const { medianTolerance } = options.recipe.compatibility;
  const start = decoderBiasStart === "mean"
    ? meanOfRows(rows, d)
    : geometricMedian(rows, d, medianTolerance);
  const before = await backend.read(tensors.runningNorm);
  const { scale } = options.inputScaling === "none"
    ? { scale: 1 }
    : scaleAfter(rows, rows.length / d, before, correctionAt(0, options));
  backend.write(tensors.model.decoderBias, start.map((value) => value * scale));
}

/** Rounds of the geometric median at most. */
const ROUNDS = 100;
/** The geometric median ends when it moves less than this, relative to the spread of the rows. */
const CLOSE = 1e-6;

/** Returns the mean of rows [B, d]. */
export function meanOfRows(rows: ArrayLike<number>, d: number): Float64Array {
  const B = rows.length / d;
  const mean = new Float64Array(d);
  for (let n = 0; n < rows.length; n++) mean[n % d] += rows[n] / B;
  return mean;
}

/**
 * Returns the geometric median of rows [B, d], the point with the least sum of distances from them, by Weiszfeld's
 * algorithm. It ends when the point moves less than `tolerance`, or 1e-6 of the mean distance. A row at the current
 * guess is left out of the next one, since its weight would be infinite.
 */
export function geometricMedian(
  rows: ArrayLike<number>,
  d: number,
  tolerance = 0,
): Float64Array {
  const B = rows.length / d;
  let guess = meanOfRows(rows, d);
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Float64Array(d);
    let total = 0;
    let spread = 0;
    for (let b = 0; b < B; b++) {
      let square = 0;
      for (let k = 0; k < d; k++) square += (rows[b * d + k] - guess[k]) ** 2;
      const distance = Math.sqrt(square);
      spread += distance / B;
      if (distance === 0) continue;
      total += 1 / distance;
      for (let k = 0; k < d; k++) next[k] += rows[b * d + k] / distance;
    }
    if (total === 0) return guess;
    let moved = 0;
    for (let k = 0; k < d; k++) {
      next[k] /= total;
      moved += (next[k] - guess[k]) ** 2;
    }
    guess = next;
    if (Math.sqrt(moved) < (tolerance || CLOSE * spread)) return guess;
  }
  return guess;
}
