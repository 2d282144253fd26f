import type { Kernel } from "./kernel.ts";

/**
 * Adds the gradients of codes whose reconstruction has a gradient of its own, by latent:
 *
 *     ∂f_bi = ⟨δ_b, D_i⟩        ∂E_i += Σ_b ∂f_bi x_b        ∂b_i += Σ_b ∂f_bi        ∂D_i += Σ_b f_bi δ_b
 *
 *     latentOffsets [N+1], latentRows [K], latentValues [K], δ [B, d], x [B, d], D [N, d]
 *     →  ∂E [N, d], ∂b [N], ∂D [N, d]
 *
 * Without `encoder`, ∂E and ∂b stay as they are. x is the encoder's input.
 *
 * Why: the auxiliary loss adds to the gradients of the main loss, for the few latents that its codes name.
 */
export const addLatentGradients: Kernel<
  {
    latentOffsets: "u32";
    latentRows: "u32";
    latentValues: "f32";
    outputGradient: "f32";
    input: "f32";
    decoder: "f32";
    encoderGradient: "f32";
    encoderBiasGradient: "f32";
    decoderGradient: "f32";
  },
  "B" | "d" | "N" | "K",
  { readonly encoder: boolean }
> = {
  id: "addLatentGradients",
  operands: {
    latentOffsets: { access: "read", dtype: "u32", dims: ["N+1"] },
    latentRows: { access: "read", dtype: "u32", dims: ["K"] },
    latentValues: { access: "read", dtype: "f32", dims: ["K"] },
    outputGradient: { access: "read", dtype: "f32", dims: ["B", "d"] },
    input: { access: "read", dtype: "f32", dims: ["B", "d"] },
    decoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    encoderGradient: { access: "update", dtype: "f32", dims: ["N", "d"] },
    encoderBiasGradient: { access: "update", dtype: "f32", dims: ["N"] },
    decoderGradient: { access: "update", dtype: "f32", dims: ["N", "d"] },
  },
  reference(arrays, { d, N }, { encoder }) {
    const { latentOffsets, latentRows, latentValues, outputGradient, input, decoder } = arrays;
    const { encoderGradient, encoderBiasGradient, decoderGradient } = arrays;
    const sum = new Float64Array(d);
    for (let i = 0; i < N; i++) {
      // D_i's own gradient may not change the dot products.
      sum.fill(0);
      for (let e = latentOffsets[i]; e < latentOffsets[i + 1]; e++) {
        const row = latentRows[e] * d;
        let g = 0;
        for (let k = 0; k < d; k++) {
          g += outputGradient[row + k] * decoder[i * d + k];
          sum[k] += latentValues[e] * outputGradient[row + k];
        }
        if (!encoder) continue;
        for (let k = 0; k < d; k++) encoderGradient[i * d + k] += g * input[row + k];
        encoderBiasGradient[i] += g;
      }
      for (let k = 0; k < d; k++) decoderGradient[i * d + k] += sum[k];
    }
  },
};
