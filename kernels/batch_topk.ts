import type { Kernel } from "./kernel.ts";
import { keepLargest } from "./topk.ts";

/**
 * Keeps the ⌊k·B⌋ largest activations of the whole batch and sets the others to 0:
 *
 *     f_bi ← f_bi if it is among the ⌊k·B⌋ largest of f [B, N], else 0
 *
 * k may be a fraction. Ties go to the lower row, then to the lower latent. Activations are ≥ 0, because relu comes first.
 *
 * Why: the batch top-k activation of the dense algorithm.
 */
export const batchTopk: Kernel<{ activations: "f32" }, "B" | "N", { readonly k: number }> = {
  id: "batchTopk",
  operands: { activations: { access: "update", dtype: "f32", dims: ["B", "N"] } },
  reference({ activations }, { B, N }, { k }) {
    keepLargest(activations, 0, B * N, Math.floor(k * B));
  },
};
