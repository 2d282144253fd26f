import type { Kernel } from "./kernel.ts";

/**
 * Adds a multiple of one matrix to each of several, in place:
 *
 *     target_j ← target_j + scale·addend
 *
 *     sums [P, B, d], addend [B, d]  →  sums [P, B, d]
 *
 * Why: where latents are spread over ranks, the sum of the decoder over earlier ranks is taken from the input, and
 * the reverse sums of later ranks are added to each G_m.
 */
export const addToEach: Kernel<
  { sums: "f32"; addend: "f32" },
  "P" | "B" | "d",
  { readonly scale: number }
> = {
  id: "addToEach",
  operands: {
    sums: { access: "update", dtype: "f32", dims: ["P", "B", "d"] },
    addend: { access: "read", dtype: "f32", dims: ["B", "d"] },
  },
  reference({ sums, addend }, { P, B, d }, { scale }) {
    for (let j = 0; j < P; j++) {
      for (let i = 0; i < B * d; i++) sums[j * B * d + i] += scale * addend[i];
    }
  },
};
