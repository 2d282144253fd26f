import { activate, type DenseActivation } from "./encode.ts";
import type { Kernel } from "./kernel.ts";
import { keepLargest } from "./topk.ts";

/** Which activations of a row are kept: the activation's name in the public options. */
export type Selection = "relu" | "identity" | "jumprelu" | "topk" | "batchtopk";

/** A selection, or "window": every pre-activation above θ, whatever its sign, 0 included. */
export type SparseSelection = Selection | "window";

/** The numbers that stand for the selections, and for the dense activations, in a backend's kernels. */
export const SELECTION_CODES: Readonly<Record<SparseSelection, number>> = {
  relu: 0,
  identity: 1,
  jumprelu: 2,
  topk: 3,
  batchtopk: 4,
  window: 5,
};

/** Returns the activation that precedes a selection: the top-k selections choose among relu's results. */
export function activationOf(selection: SparseSelection): DenseActivation {
  return selection === "identity" || selection === "jumprelu" ? selection : "relu";
}

/**
 * Encodes a batch and keeps only the active latents, as sparse codes by row:
 *
 *     f = act(x Eᵀ + b); the codes of row b are the pairs (i, f_bi) with f_bi ≠ 0, i ascending, in the
 *     entries rowOffsets[b] … rowOffsets[b+1] − 1 of `indices` and `values`
 *
 *     x [B, d], E [N, d], b [N], θ [N]  →  rowOffsets [B+1], indices [K], values [K], overflow [1]
 *
 * `rowOffsets` always counts every active latent. If there are more than K, `overflow` is 1 and
 * `indices` and `values` are unspecified; the caller must then use the dense algorithm, because no
 * other kernel accepts such codes. Entries past the last code are unspecified. Only the top-k selections read
 * `k`; `topk` and `batchTopk` say how ties are broken.
 *
 * Why: with k active latents per row, everything after the encode costs O(B·k·d), and [B, N] is never written.
 */
export const encodeSparse: Kernel<
  {
    input: "f32";
    encoder: "f32";
    encoderBias: "f32";
    threshold: "f32";
    rowOffsets: "u32";
    indices: "u32";
    values: "f32";
    overflow: "u32";
  },
  "B" | "d" | "N" | "K",
  { readonly selection: SparseSelection; readonly k: number }
> = {
  id: "encodeSparse",
  operands: {
    input: { access: "read", dtype: "f32", dims: ["B", "d"] },
    encoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    encoderBias: { access: "read", dtype: "f32", dims: ["N"] },
    threshold: { access: "read", dtype: "f32", dims: ["N"] },
    rowOffsets: { access: "write", dtype: "u32", dims: ["B+1"] },
    indices: { access: "write", dtype: "u32", dims: ["K"] },
    values: { access: "write", dtype: "f32", dims: ["K"] },
    overflow: { access: "write", dtype: "u32", dims: [1] },
  },
  reference(
    { input, encoder, encoderBias, threshold, rowOffsets, indices, values, overflow },
    { B, d, N, K },
    { selection, k },
  ) {
    const activation = activationOf(selection);
    const activations = new Float64Array(B * N);
    for (let b = 0; b < B; b++) {
      for (let i = 0; i < N; i++) {
        let pre = encoderBias[i];
        for (let l = 0; l < d; l++) pre += input[b * d + l] * encoder[i * d + l];
        activations[b * N + i] = selection === "window"
          // NaN marks what the window leaves out, since it keeps zeros.
          ? pre > threshold[i] ? pre : NaN
          : activate(activation, pre, threshold[i]);
      }
      if (selection === "topk") keepLargest(activations, b * N, (b + 1) * N, k);
    }
    if (selection === "batchtopk") keepLargest(activations, 0, B * N, Math.floor(k * B));
    let entry = 0;
    for (let b = 0; b < B; b++) {
      rowOffsets[b] = entry;
      for (let i = 0; i < N; i++) {
        const f = activations[b * N + i];
        if (selection === "window" ? Number.isNaN(f) : f === 0) continue;
        if (entry < K) {
          indices[entry] = i;
          values[entry] = f;
        }
        entry++;
      }
    }
    rowOffsets[B] = entry;
    overflow[0] = entry > K ? 1 : 0;
  },
};
