import { thresholdGradient, type WindowConstants } from "./threshold_gradient.ts";
import type { Kernel } from "./kernel.ts";

/**
 * The straight-through gradient of the thresholds of jumprelu, from all pre-activations:
 *
 *     ∂θ_i = −(θ_i/h) Σ_b r(pre_bi − θ_i) ∂f_bi − [l0 penalty: (Ω_m(i)/h) Σ_b r(pre_bi − θ_i)]
 *     ∂f_bi = ⟨G_m(i),b , D_i⟩ + Ω_m(i) φ′(f_bi n_i) n_i        Ω_m = (λ/B) Σ_{j ≥ m} w_j
 *     r(z) = 1 if |z| < h/2, else 0
 *
 *     pre [B, N], G [P, B, d], D [N, d], n [N], θ [N], p [P], w [P], λ [1]  →  ∂θ [N]
 *
 * Why: the dense twin of `thresholdGradient`, which has all details.
 */
export const denseThresholdGradient: Kernel<
  {
    preActivations: "f32";
    reverseSums: "f32";
    decoder: "f32";
    norms: "f32";
    threshold: "f32";
    bounds: "u32";
    weights: "f32";
    coefficient: "f32";
    thresholdGradient: "f32";
  },
  "B" | "d" | "N" | "P",
  WindowConstants
> = {
  id: "denseThresholdGradient",
  operands: {
    preActivations: { access: "read", dtype: "f32", dims: ["B", "N"] },
    reverseSums: { access: "read", dtype: "f32", dims: ["P", "B", "d"] },
    decoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    norms: { access: "read", dtype: "f32", dims: ["N"] },
    threshold: { access: "read", dtype: "f32", dims: ["N"] },
    bounds: { access: "read", dtype: "u32", dims: ["P"] },
    weights: { access: "read", dtype: "f32", dims: ["P"] },
    coefficient: { access: "read", dtype: "f32", dims: [1] },
    thresholdGradient: { access: "write", dtype: "f32", dims: ["N"] },
  },
  reference(arrays, dims, constants) {
    const { preActivations, ...others } = arrays;
    const { B, N } = dims;
    const latentOffsets = Uint32Array.from({ length: N + 1 }, (_, i) => i * B);
    const latentRows = Uint32Array.from({ length: N * B }, (_, e) => e % B);
    const latentValues = Float64Array.from(
      latentRows,
      (b, e) => preActivations[b * N + Math.floor(e / B)],
    );
    const codes = { latentOffsets, latentRows, latentValues };
    thresholdGradient.reference({ ...others, ...codes }, { ...dims, K: N * B }, constants);
  },
};
