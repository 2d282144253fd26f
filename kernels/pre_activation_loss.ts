import type { Kernel } from "./kernel.ts";

/**
 * A loss that pulls the pre-activations of dead latents up to their thresholds, and its gradients:
 *
 *     L_pre = (μ/B) Σ_b Σ_{dead i} relu(θ_i − pre_bi) n_i        pre_bi = ⟨x_b, E_i⟩ + b_i
 *     a_bi = (μ/B) n_i 1[pre_bi < θ_i]        ∂E_i −= Σ_b a_bi x_b        ∂b_i −= Σ_b a_bi
 *     ∂θ_i += Σ_b a_bi        ∂D_i += (μ/B)(Σ_b relu(θ_i − pre_bi)) D_i / n_i        terms_2 = L_pre
 *
 *     x [B, d], E [N, d], b [N], D [N, d], n [N], θ [N], dead [N], deadCount [1], terms [4]
 *     →  ∂E [N, d], ∂b [N], ∂D [N, d], ∂θ [N], terms [4]
 *
 * `logarithm` multiplies what is added to ∂θ_i by θ_i. Where n_i is 0, nothing is added.
 *
 * Why: a silent latent of jumprelu has no gradient but this one (SAELens; Anthropic's update of January 2025).
 */
export const preActivationLoss: Kernel<
  {
    input: "f32";
    encoder: "f32";
    encoderBias: "f32";
    decoder: "f32";
    norms: "f32";
    threshold: "f32";
    dead: "u32";
    deadCount: "u32";
    encoderGradient: "f32";
    encoderBiasGradient: "f32";
    decoderGradient: "f32";
    thresholdGradient: "f32";
    terms: "f32";
  },
  "B" | "d" | "N",
  { readonly coefficient: number; readonly logarithm: boolean }
> = {
  id: "preActivationLoss",
  operands: {
    input: { access: "read", dtype: "f32", dims: ["B", "d"] },
    encoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    encoderBias: { access: "read", dtype: "f32", dims: ["N"] },
    decoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    norms: { access: "read", dtype: "f32", dims: ["N"] },
    threshold: { access: "read", dtype: "f32", dims: ["N"] },
    dead: { access: "read", dtype: "u32", dims: ["N"] },
    deadCount: { access: "read", dtype: "u32", dims: [1] },
    encoderGradient: { access: "update", dtype: "f32", dims: ["N", "d"] },
    encoderBiasGradient: { access: "update", dtype: "f32", dims: ["N"] },
    decoderGradient: { access: "update", dtype: "f32", dims: ["N", "d"] },
    thresholdGradient: { access: "update", dtype: "f32", dims: ["N"] },
    terms: { access: "update", dtype: "f32", dims: [4] },
  },
  reference(arrays, { B, d }, { coefficient, logarithm }) {
    const { input, encoder, encoderBias, decoder, norms, threshold, dead, deadCount } = arrays;
    const { encoderGradient, encoderBiasGradient, decoderGradient, thresholdGradient } = arrays;
    const share = coefficient / B;
    let loss = 0;
    for (const i of dead.subarray(0, deadCount[0])) {
      if (norms[i] === 0) continue;
      let missing = 0;
      for (let b = 0; b < B; b++) {
        let pre = encoderBias[i];
        for (let k = 0; k < d; k++) pre += input[b * d + k] * encoder[i * d + k];
        if (!(pre < threshold[i])) continue;
        missing += threshold[i] - pre;
        const a = share * norms[i];
        for (let k = 0; k < d; k++) encoderGradient[i * d + k] -= a * input[b * d + k];
        encoderBiasGradient[i] -= a;
        thresholdGradient[i] += logarithm ? threshold[i] * a : a;
      }
      loss += share * missing * norms[i];
      const pull = share * missing / norms[i];
      for (let k = 0; k < d; k++) decoderGradient[i * d + k] += pull * decoder[i * d + k];
    }
    arrays.terms[2] = loss;
  },
};
