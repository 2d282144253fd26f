import type { Kernel } from "./kernel.ts";

/** Adam's hyperparameters and the clipping norm, fixed when a program is recorded. */
export interface AdamConstants {
  /** Decay of the first moment. */
  readonly beta1: number;
  /** Decay of the second moment. */
  readonly beta2: number;
  /** Added to the root of the second moment. */
  readonly epsilon: number;
  /** Gradients are scaled so that their global norm is at most this; Infinity does not clip. */
  readonly maxNorm: number;
}

/**
 * Adam (Kingma & Ba 2015) on a gradient clipped by its global norm, both as in PyTorch:
 *
 *     g ← g·min(1, maxNorm / (norm + 1e-6))
 *     m ← β₁ m + (1 − β₁) g        v ← β₂ v + (1 − β₂) g²
 *     θ ← θ − learningRate·(m / correction₁) / (√(v / correction₂) + ε)
 *
 *     θ, g, m, v [M], norm [1], controls [3]  →  θ, m, v [M]
 *
 * `controls` holds [learningRate, correction₁, correction₂] with correctionᵢ = 1 − βᵢ^t at step t. If
 * the norm is not finite, nothing changes: one bad batch cannot destroy the parameters.
 *
 * Why: the update in one pass over parameter, gradient and moments.
 */
export const adam: Kernel<
  {
    parameter: "f32";
    gradient: "f32";
    firstMoment: "f32";
    secondMoment: "f32";
    norm: "f32";
    controls: "f32";
  },
  "M",
  AdamConstants
> = {
  id: "adam",
  operands: {
    parameter: { access: "update", dtype: "f32", dims: ["M"] },
    gradient: { access: "read", dtype: "f32", dims: ["M"] },
    firstMoment: { access: "update", dtype: "f32", dims: ["M"] },
    secondMoment: { access: "update", dtype: "f32", dims: ["M"] },
    norm: { access: "read", dtype: "f32", dims: [1] },
    controls: { access: "read", dtype: "f32", dims: [3] },
  },
  reference({ parameter, gradient, firstMoment, secondMoment, norm, controls }, { M }, constants) {
    const { beta1, beta2, epsilon, maxNorm } = constants;
    const [learningRate, correction1, correction2] = controls;
    if (!Number.isFinite(norm[0])) return;
    const clip = Math.min(1, maxNorm / (norm[0] + 1e-6));
    for (let i = 0; i < M; i++) {
      const g = gradient[i] * clip;
      firstMoment[i] = beta1 * firstMoment[i] + (1 - beta1) * g;
      secondMoment[i] = beta2 * secondMoment[i] + (1 - beta2) * g * g;
      const direction = firstMoment[i] / correction1;
      parameter[i] -= learningRate * direction /
        (Math.sqrt(secondMoment[i] / correction2) + epsilon);
    }
  },
};
