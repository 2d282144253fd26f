/** How closely a backend must agree with the golden vectors and the recorded runs. */
export interface GoldenTolerances {
  /** Largest relative error of the loss and of each gradient against the golden vectors. */
  readonly lossTolerance: number;
  /** The same for 150 recorded training steps. */
  readonly trajectoryTolerance: { readonly figures: number; readonly parameters: number };
}

/** float64 throughout; results come back rounded to float32, 2^-24 relative. */
export const FLOAT64: GoldenTolerances = {
  lossTolerance: 1e-6,
  trajectoryTolerance: { figures: 1e-5, parameters: 1e-4 },
};

/**
 * What float32 allows. A gradient element sums some hundred products of magnitude up to the largest
 * element, each rounded to 2^-24 ≈ 6e-8: 4·√K·2^-24 is 5e-6 at K = 400, and cancellation adds to it.
 * Recorded runs are followed to 1e-3 where float32 can: two of the three stay within 2e-6, the third is
 * chaotic (see golden_runs.ts).
 */
export const FLOAT32: GoldenTolerances = {
  lossTolerance: 2e-5,
  trajectoryTolerance: { figures: 1e-3, parameters: 1e-3 },
};
