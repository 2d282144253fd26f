/** How closely a backend must agree with the golden vectors and the recorded runs. */
export interface GoldenTolerances {
  /** The largest relative error of the loss and of each gradient, compared with the golden vectors. */
  readonly lossTolerance: number;
  /** The same for 150 recorded training steps: of the metrics and of the final parameters. */
  readonly trajectoryTolerance: { readonly figures: number; readonly parameters: number };
}

/** Tolerances of float64 arithmetic. Results are rounded to float32 at the end, a relative error of 2⁻²⁴. */
export const FLOAT64: GoldenTolerances = {
  lossTolerance: 1e-6,
  trajectoryTolerance: { figures: 1e-5, parameters: 1e-4 },
};

/**
 * Tolerances of float32 arithmetic. A gradient element is a sum of some hundred products as large as the largest
 * element, each with a rounding error of 2⁻²⁴ ≈ 6e-8: 4·√K·2⁻²⁴ is 5e-6 at K = 400, and cancellation adds
 * to it. Two of the three recorded runs are followed to 2e-6; the third is chaotic (see golden_runs.ts).
 */
export const FLOAT32: GoldenTolerances = {
  lossTolerance: 2e-5,
  trajectoryTolerance: { figures: 1e-3, parameters: 1e-3 },
};
