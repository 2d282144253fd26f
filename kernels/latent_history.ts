import type { Kernel } from "./kernel.ts";

/**
 * What each latent has done over the steps, from the sums of this step's batch of `rows` rows:
 *
 *     silentSteps_i ← 0 if counts_i > 0, else silentSteps_i + 1
 *     importance_i ← decay·importance_i + (1 − decay)·squares_i / rows
 *
 *     counts [N], squares [N], silentSteps [N], importance [N]  →  silentSteps [N], importance [N]
 *
 * Why: a latent that has been silent for long is dead; importance orders the optional permutation.
 */
export const latentHistory: Kernel<
  { counts: "u32"; squares: "f32"; silentSteps: "u32"; importance: "f32" },
  "N",
  { readonly rows: number; readonly decay: number }
> = {
  id: "latentHistory",
  operands: {
    counts: { access: "read", dtype: "u32", dims: ["N"] },
    squares: { access: "read", dtype: "f32", dims: ["N"] },
    silentSteps: { access: "update", dtype: "u32", dims: ["N"] },
    importance: { access: "update", dtype: "f32", dims: ["N"] },
  },
  reference({ counts, squares, silentSteps, importance }, { N }, { rows, decay }) {
    for (let i = 0; i < N; i++) {
      silentSteps[i] = counts[i] > 0 ? 0 : silentSteps[i] + 1;
      importance[i] = decay * importance[i] + (1 - decay) * squares[i] / rows;
    }
  },
};
