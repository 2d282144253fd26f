import type { Kernel } from "./kernel.ts";

/**
 * Gives each row the norm 1, and computes the norms of the results as `rowNorms` does:
 *
 *     D_i ← D_i / ‖D_i‖        n_i = ‖D_i‖, of the new row
 *
 *     D [N, d]  →  D [N, d], n [N]
 *
 * A row of zeros stays.
 *
 * Why: most published trainers keep decoder rows at norm 1, so that activations have a scale.
 */
export const normalizeRows: Kernel<
  {
    rows: "f32";
    norms: "f32";
  },
  "N" | "d",
  Record<never, never>
> = {
  id: "normalizeRows",
  operands: {
    rows: { access: "update", dtype: "f32", dims: ["N", "d"] },
    norms: { access: "write", dtype: "f32", dims: ["N"] },
  },
  reference({ rows, norms }, { N, d }) {
    for (let i = 0; i < N; i++) {
      const row = rows.subarray(i * d, (i + 1) * d);
      const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
      if (norm > 0) { for (let k = 0; k < d; k++) row[k] /= norm; }
      norms[i] = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    }
  },
};
