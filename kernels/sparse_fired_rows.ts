import type { Kernel } from "./kernel.ts";

/**
 * Counts the rows in which each latent fires, from its codes:
 *
 *     fired_i = #{b : f_bi > above}        above ≥ 0
 *
 *     latentOffsets [N+1], latentValues [K]  →  fired [N]
 *
 * Why: the sparse twin of `firedRows`.
 */
export const sparseFiredRows: Kernel<
  {
    latentOffsets: "u32";
    latentValues: "f32";
    fired: "u32";
  },
  "N" | "K",
  { readonly above: number }
> = {
  id: "sparseFiredRows",
  operands: {
    latentOffsets: { access: "read", dtype: "u32", dims: ["N+1"] },
    latentValues: { access: "read", dtype: "f32", dims: ["K"] },
    fired: { access: "write", dtype: "u32", dims: ["N"] },
  },
  reference({ latentOffsets, latentValues, fired }, { N }, { above }) {
    for (let i = 0; i < N; i++) {
      const values = latentValues.subarray(latentOffsets[i], latentOffsets[i + 1]);
      fired[i] = values.reduce((count, f) => f > above ? count + 1 : count, 0);
    }
  },
};
