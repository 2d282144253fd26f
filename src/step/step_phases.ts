/**
 * The phases into which both algorithms divide a step. One machine records them in one program; ranks that share the
 * latents exchange sums between them.
 *
 * @module
 */
import type { Recorder, Tensor } from "../../kernels/kernel.ts";
import type { StepParts } from "./step_tensors.ts";

/** Returns a function that makes a value at its first call. */
export function onFirstUse<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => made ??= make();
}

/**
 * Records the phases of one algorithm, in this order; `decode` is for ranks only. Phases after it take the parts of the
 * step, because the prefixes that end on a rank differ from step to step.
 */
export interface StepPhases {
  /** Records the activations, or the codes. */
  encode(r: Recorder): void;
  /** Records the sums of each latent over the batch: penalties, counts, squares. */
  sums(r: Recorder): void;
  /** Records Σ_i f_i D_i, the reconstruction without c, into `sum` [B, d]. `zeros` holds d zeros. */
  decode(r: Recorder, sum: Tensor, zeros: Tensor): void;
  /** Records the squared error of each prefix and, if the step has gradients, G. */
  residuals(r: Recorder, parts: StepParts): void;
  /** Records the gradients of E, b and D. */
  gradients(r: Recorder, parts: StepParts): void;
}
