/**
 * The work between steps that reads back from the backend, and so is not done at every step.
 *
 * @module
 */
import { permuteLatents } from "./permutation.ts";
import type { TrainerParts } from "./trainer_parts.ts";

/**
 * Reads metrics and permutes latents if either is due after this number of steps.
 *
 * @throws {RangeError} if a step since the last reading was not finite; the other work is done even then.
 */
export async function doPeriodicWork(
  { backend, tensors, options: { permuteEvery }, algorithm, ring, programs }: TrainerParts,
  steps: number,
  isDisposed: () => boolean,
): Promise<void> {
  const full = ring.isFull(steps);
  try {
    if (full) await ring.drain();
  } finally {
    // Programs of the former algorithm hold tensors, up to [B, N], that are not needed any more.
    if (full && algorithm.observe(ring.takeLargestL0())) programs.clear();
    const due = permuteEvery > 0 && steps % permuteEvery === 0;
    if (due && !isDisposed()) await permuteLatents(backend, tensors);
  }
}
