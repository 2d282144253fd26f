import type { Kernel } from "./kernel.ts";

/**
 * Sparsity and L0 of every prefix, from the sums per latent over `rows` rows:
 *
 *     sparsity_j = (1/rows) Σ_{i < p_j} penalties_i        l0_j = (1/rows) Σ_{i < p_j} counts_i
 *
 *     penalties [N], counts [N], p [P]  →  sparsity [P], l0 [P]
 *
 * Why: one pass over the latents gives S_j of the loss, the controller's L0 and the reported metrics.
 */
export const prefixSums: Kernel<
  { penalties: "f32"; counts: "u32"; bounds: "u32"; sparsity: "f32"; l0: "f32" },
  "N" | "P",
  { readonly rows: number }
> = {
  id: "prefixSums",
  operands: {
    penalties: { access: "read", dtype: "f32", dims: ["N"] },
    counts: { access: "read", dtype: "u32", dims: ["N"] },
    bounds: { access: "read", dtype: "u32", dims: ["P"] },
    sparsity: { access: "write", dtype: "f32", dims: ["P"] },
    l0: { access: "write", dtype: "f32", dims: ["P"] },
  },
  reference({ penalties, counts, bounds, sparsity, l0 }, { P }, { rows }) {
    let penalty = 0;
    let count = 0;
    for (let j = 0, i = 0; j < P; j++) {
      for (; i < bounds[j]; i++) {
        penalty += penalties[i];
        count += counts[i];
      }
      sparsity[j] = penalty / rows;
      l0[j] = count / rows;
    }
  },
};
