import type { Kernel } from "./kernel.ts";

/**
 * Lists the dead latents, in ascending order:
 *
 *     the i with silent_i ≥ after and, if level ≥ 0, p_{level−1} ≤ i < p_level
 *
 *     silent [N], p [P]  →  dead [N], deadCount [1]
 *
 * Entries of `dead` past the count are unspecified.
 *
 * Why: the auxiliary loss encodes the dead latents apart, and the batch decides which they are.
 */
export const listDead: Kernel<
  {
    silent: "u32";
    bounds: "u32";
    dead: "u32";
    deadCount: "u32";
  },
  "N" | "P",
  { readonly after: number; readonly level: number }
> = {
  id: "listDead",
  operands: {
    silent: { access: "read", dtype: "u32", dims: ["N"] },
    bounds: { access: "read", dtype: "u32", dims: ["P"] },
    dead: { access: "write", dtype: "u32", dims: ["N"] },
    deadCount: { access: "write", dtype: "u32", dims: [1] },
  },
  reference({ silent, bounds, dead, deadCount }, { N }, { after, level }) {
    const from = level > 0 ? bounds[level - 1] : 0;
    const to = level < 0 ? N : bounds[level];
    let count = 0;
    for (let i = from; i < to; i++) if (silent[i] >= after) dead[count++] = i;
    deadCount[0] = count;
  },
};
