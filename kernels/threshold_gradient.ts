import { blockOfLatent, tailSums } from "./blocks.ts";
import { jumped } from "./jump.ts";
import { type PenaltyConstants, penaltySlope, penaltyWeight } from "./penalty.ts";
import type { Kernel } from "./kernel.ts";

/** The constants of the gradients of the thresholds. */
export interface WindowConstants extends PenaltyConstants {
  /** h, the width of the window. */
  readonly bandwidth: number;
  /** What the window of the l0 penalty is laid over: pre, or for a compatibility switch f. */
  readonly window: "preActivation" | "activation";
  /** Whether negative pre-activations are never active: see `jump`. */
  readonly rectified: boolean;
  /** Whether the gradient is that of log θ. */
  readonly logarithm: boolean;
}

/** What the sums over the batch have found for one latent. */
export interface WindowSums {
  readonly rows: number;
  /** Σ of the gradient at f over the window around θ. */
  readonly slope: number;
  /** Rows with pre in the window. */
  readonly near: number;
  /** Active rows. */
  readonly active: number;
  /** Active rows with f in the window. */
  readonly activeNear: number;
}

/** Returns ∂θ_i, or the gradient of log θ_i. `omega` is Ω_m(i). */
export function gradientOfThreshold(
  { penalty, bandwidth, window, logarithm }: WindowConstants,
  threshold: number,
  omega: number,
  { rows, slope, near, active, activeNear }: WindowSums,
): number {
  const silentNear = Math.abs(threshold) < bandwidth / 2 ? rows - active : 0;
  const counted = window === "preActivation" ? near : activeNear + silentNear;
  const l0 = penalty === "l0" ? omega / bandwidth * counted : 0;
  const gradient = -threshold / bandwidth * slope - l0;
  return logarithm ? threshold * gradient : gradient;
}

/**
 * The straight-through gradient of the thresholds of jumprelu, from codes that hold all pre-activations of the window:
 *
 *     ∂θ_i = −(θ_i/h) Σ_b r(pre_bi − θ_i) ∂f_bi − [l0 penalty: (Ω_m(i)/h) Σ_b r(pre_bi − θ_i)]
 *     ∂f_bi = ⟨G_m(i),b , D_i⟩ + Ω_m(i) φ′(f_bi n_i) n_i        Ω_m = (λ/B) Σ_{j ≥ m} w_j
 *     r(z) = 1 if |z| < h/2, else 0
 *
 *     latentOffsets [N+1], latentRows [K], latentValues [K] = pre, G [P, B, d], D [N, d], n [N], θ [N], p [P], w [P],
 *     λ [1]  →  ∂θ [N]
 *
 * The slope of the penalty at f = 0 is that from above. With `window` "activation", the l0 penalty lays the window over f,
 * so that a silent row counts where |θ_i| < h/2. `logarithm` multiplies ∂θ_i by θ_i.
 *
 * Why: the jump has no gradient of its own (Rajamanoharan et al. 2024), and only the few latents near their thresholds
 * matter.
 */
export const thresholdGradient: Kernel<
  {
    latentOffsets: "u32";
    latentRows: "u32";
    latentValues: "f32";
    reverseSums: "f32";
    decoder: "f32";
    norms: "f32";
    threshold: "f32";
    bounds: "u32";
    weights: "f32";
    coefficient: "f32";
    thresholdGradient: "f32";
  },
  "B" | "d" | "N" | "P" | "K",
  WindowConstants
> = {
  id: "thresholdGradient",
  operands: {
    latentOffsets: { access: "read", dtype: "u32", dims: ["N+1"] },
    latentRows: { access: "read", dtype: "u32", dims: ["K"] },
    latentValues: { access: "read", dtype: "f32", dims: ["K"] },
    reverseSums: { access: "read", dtype: "f32", dims: ["P", "B", "d"] },
    decoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    norms: { access: "read", dtype: "f32", dims: ["N"] },
    threshold: { access: "read", dtype: "f32", dims: ["N"] },
    bounds: { access: "read", dtype: "u32", dims: ["P"] },
    weights: { access: "read", dtype: "f32", dims: ["P"] },
    coefficient: { access: "read", dtype: "f32", dims: [1] },
    thresholdGradient: { access: "write", dtype: "f32", dims: ["N"] },
  },
  reference(arrays, { B, d, N }, constants) {
    const { latentOffsets, latentRows, latentValues, reverseSums, decoder, norms } = arrays;
    const { threshold, coefficient, thresholdGradient } = arrays;
    const block = blockOfLatent(arrays.bounds);
    const tail = tailSums(arrays.weights);
    for (let i = 0; i < N; i++) {
      const omega = coefficient[0] / B * tail[block[i]];
      const weight = penaltyWeight(constants, norms[i]);
      const sums = { rows: B, slope: 0, near: 0, active: 0, activeNear: 0 };
      for (let e = latentOffsets[i]; e < latentOffsets[i + 1]; e++) {
        const pre = latentValues[e];
        const f = jumped(pre, threshold[i], constants.rectified);
        const near = Math.abs(pre - threshold[i]) < constants.bandwidth / 2;
        if (f !== 0) sums.active++;
        if (!near) continue;
        if (f !== 0) sums.activeNear++;
        sums.near++;
        const G = (block[i] * B + latentRows[e]) * d;
        sums.slope += omega * penaltySlope(constants, Math.abs(f) * weight) * weight;
        for (let k = 0; k < d; k++) sums.slope += reverseSums[G + k] * decoder[i * d + k];
      }
      thresholdGradient[i] = gradientOfThreshold(constants, threshold[i], omega, sums);
    }
  },
};
