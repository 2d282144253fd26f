import type { Kernel } from "./kernel.ts";

/**
 * Counts the rows in which each latent fires:
 *
 *     fired_i = #{b : f_bi > above}
 *
 *     f [B, N]  →  fired [N]
 *
 * Why: some trainers count a latent as firing above a small value only, apart from L0.
 */
export const firedRows: Kernel<
  {
    activations: "f32";
    fired: "u32";
  },
  "B" | "N",
  { readonly above: number }
> = {
  id: "firedRows",
  operands: {
    activations: { access: "read", dtype: "f32", dims: ["B", "N"] },
    fired: { access: "write", dtype: "u32", dims: ["N"] },
  },
  reference({ activations, fired }, { B, N }, { above }) {
    fired.fill(0);
    for (let n = 0; n < B * N; n++) if (activations[n] > above) fired[n % N]++;
  },
};
