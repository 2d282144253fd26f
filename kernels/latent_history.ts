import type { Kernel } from "./kernel.ts";

/** The constants of {@linkcode latentHistory}. */
export interface HistoryConstants {
  /** B. */
  readonly rows: number;
  readonly decay: number;
  /** What a silent batch adds: 1, or its rows. */
  readonly increment: number;
  /** The count after a batch with activity: 0, or 1 for a compatibility switch. */
  readonly restart: number;
}

/**
 * What each latent has done over the steps, from the sums of this step's batch of `rows` rows:
 *
 *     silentSteps_i ← restart if counts_i > 0, else silentSteps_i + increment
 *     importance_i ← decay·importance_i + (1 − decay)·squares_i / rows
 *
 *     counts [N], squares [N], silentSteps [N], importance [N]  →  silentSteps [N], importance [N]
 *
 * Why: a latent that has been silent for long is dead; importance orders the optional permutation.
 */
export const latentHistory: Kernel<
  { counts: "u32"; squares: "f32"; silentSteps: "u32"; importance: "f32" },
  "N",
  HistoryConstants
> = {
  id: "latentHistory",
  operands: {
    counts: { access: "read", dtype: "u32", dims: ["N"] },
    squares: { access: "read", dtype: "f32", dims: ["N"] },
    silentSteps: { access: "update", dtype: "u32", dims: ["N"] },
    importance: { access: "update", dtype: "f32", dims: ["N"] },
  },
  reference(
    { counts, squares, silentSteps, importance },
    { N },
    { rows, decay, increment, restart },
  ) {
    for (let i = 0; i < N; i++) {
      silentSteps[i] = counts[i] > 0 ? restart : silentSteps[i] + increment;
      importance[i] = decay * importance[i] + (1 - decay) * squares[i] / rows;
    }
  },
};
