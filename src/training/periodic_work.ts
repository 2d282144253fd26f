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
  parts: TrainerParts,
  steps: number,
  isDisposed: () => boolean,
): Promise<void> {
  const { backend, tensors, derived, options: { permuteEvery }, ring } = parts;
  const full = ring.isFull(steps);
  try {
    if (full) await ring.drain();
  } finally {
    if (full) chooseAgain(parts);
    const due = permuteEvery > 0 && steps % permuteEvery === 0;
    if (due && !isDisposed()) {
      // Before the wait, so that they are computed anew even if it fails after the latents have moved.
      derived.invalidate();
      await permuteLatents(backend, tensors);
    }
  }
}

/** Chooses how the next steps are computed by what has been read. */
function chooseAgain({ algorithm, screening, ring, steps: runner }: TrainerParts): void {
  const l0 = ring.takeLargestL0();
  screening.observe({ l0, candidates: ring.candidates });
  // Programs of the former algorithm hold tensors, up to [B, N], that are not needed any more.
  if (algorithm.observe(l0)) runner.clear();
}

/**
 * Widens the rows of metrics if those of a step with this many prefixes do not fit.
 *
 * @throws {RangeError} if a step since the last reading was not finite.
 */
export async function makeRoomForMetrics(
  { ring, steps }: TrainerParts,
  prefixCount: number,
  checkAlive: () => void,
): Promise<void> {
  if (ring.fits(prefixCount)) return;
  await ring.drain();
  checkAlive();
  steps.clear();
  ring.widen(prefixCount);
}
