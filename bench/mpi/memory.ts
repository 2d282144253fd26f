/** What a rank holds in memory. */

/** A rank, and the batches that it trains on. */
export interface RankSize {
  /** N_r. */
  readonly latents: number;
  /** d. */
  readonly inputSize: number;
  /** Rows of its replica, B. */
  readonly rows: number;
  /** P. */
  readonly prefixes: number;
  /** Active latents per row that the sparse algorithm has room for; undefined computes densely. */
  readonly room: number | undefined;
}

/** Bytes for each encoder weight: E and D, each with its gradient and two moments, in float32. */
const BYTES_PER_WEIGHT = 2 * 4 * 4;
/** Arrays [B, d] beside the residuals: the batch, the scaled batch, and the sums of the other ranks. */
const ROWS_KEPT = 4;
/** Bytes of an active latent: its number and its value, by row and by latent. */
const BYTES_PER_CODE = 16;
/** Bytes of a latent in a row of the dense algorithm: f and ∂pre. */
const BYTES_PER_ACTIVATION = 8;

/**
 * Returns the bytes that a rank's backend holds while it trains: weights with gradients and moments, a residual of each
 * row and prefix, and the activations. Leaves out vectors of N_r, d or B numbers, and top-k's candidates, which take at
 * most 2 KiB for each row.
 */
export function bytesOfRank({ latents, inputSize, rows, prefixes, room }: RankSize): number {
  const weights = BYTES_PER_WEIGHT * latents * inputSize;
  const residuals = 4 * (prefixes + ROWS_KEPT) * rows * inputSize;
  const activations = room === undefined
    ? BYTES_PER_ACTIVATION * rows * latents
    : BYTES_PER_CODE * rows * room;
  return weights + residuals + activations;
}
