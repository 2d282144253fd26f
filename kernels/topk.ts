import type { Kernel } from "./kernel.ts";

/**
 * Returns the positions of the `count` largest of `values[from..to)`, ascending. Ties go to the lower
 * index. Only positive elements are candidates: relu has set the others to 0.
 */
export function largest(
  values: Float64Array,
  from: number,
  to: number,
  count: number,
): Uint32Array {
  const candidates: number[] = [];
  for (let i = from; i < to; i++) if (values[i] > 0) candidates.push(i);
  candidates.sort((a, b) => values[b] - values[a] || a - b);
  return Uint32Array.from(candidates.slice(0, count)).sort();
}

/** Sets all of `values[from..to)` to 0 except the `count` largest. */
export function keepLargest(values: Float64Array, from: number, to: number, count: number): void {
  const kept = largest(values, from, to, count);
  const keptValues = Float64Array.from(kept, (i) => values[i]);
  values.fill(0, from, to);
  kept.forEach((i, n) => values[i] = keptValues[n]);
}

/**
 * Keeps the k largest activations of each row and sets the others to 0:
 *
 *     f_bi ← f_bi if it is among the k largest of row b of f [B, N], else 0
 *
 * Ties go to the lower latent. Activations are ≥ 0, because relu comes first.
 *
 * Why: the top-k activation of the dense algorithm.
 */
export const topk: Kernel<{ activations: "f32" }, "B" | "N", { readonly k: number }> = {
  id: "topk",
  operands: { activations: { access: "update", dtype: "f32", dims: ["B", "N"] } },
  reference({ activations }, { B, N }, { k }) {
    for (let b = 0; b < B; b++) keepLargest(activations, b * N, (b + 1) * N, k);
  },
};
