import type { Kernel } from "./kernel.ts";

/**
 * The function applied to x·Eᵀ + b. The top-k variants are relu, followed by `topk` or `batchTopk`.
 */
export type DenseActivation = "relu" | "identity" | "jumprelu";

/**
 * Returns act(pre). The identity keeps every value, relu those above 0, and jumprelu those above
 * max(θ, 0); the others become 0.
 */
export function activate(kind: DenseActivation, pre: number, threshold: number): number {
  if (kind === "identity") return pre;
  return pre > (kind === "jumprelu" ? Math.max(threshold, 0) : 0) ? pre : 0;
}

/**
 * All activations of a batch:
 *
 *     f = act(x Eᵀ + b)
 *
 *     x [B, d], E [N, d], b [N], θ [N]  →  f [B, N]
 *
 * Only jumprelu reads θ, the operand `threshold`.
 *
 * Why: the encoder of the dense algorithm, used while many latents are active.
 */
export const encode: Kernel<
  { input: "f32"; encoder: "f32"; encoderBias: "f32"; threshold: "f32"; activations: "f32" },
  "B" | "d" | "N",
  { readonly activation: DenseActivation }
> = {
  id: "encode",
  operands: {
    input: { access: "read", dtype: "f32", dims: ["B", "d"] },
    encoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    encoderBias: { access: "read", dtype: "f32", dims: ["N"] },
    threshold: { access: "read", dtype: "f32", dims: ["N"] },
    activations: { access: "write", dtype: "f32", dims: ["B", "N"] },
  },
  reference({ input, encoder, encoderBias, threshold, activations }, { B, d, N }, { activation }) {
    for (let b = 0; b < B; b++) {
      for (let i = 0; i < N; i++) {
        let pre = encoderBias[i];
        for (let k = 0; k < d; k++) pre += input[b * d + k] * encoder[i * d + k];
        activations[b * N + i] = activate(activation, pre, threshold[i]);
      }
    }
  },
};
