import type { Kernel } from "./kernel.ts";

/**
 * Decodes once and takes the residual of every prefix on the way:
 *
 *     e_j = c + Σ_{i < p_j} f_i D_i − x          squaredErrors_j = scale·Σ_b Σ_k e_jbk²
 *
 *     f [B, N], D [N, d], c [d], x [B, d], p [P]  →  e [P, B, d], squaredErrors [P]
 *
 * The accumulator is a running sum over the latents: when the latent reaches p_j, it holds x̂_j.
 * `scale` is 1/B if the squared error is a "sum" over the inputs and 1/(B d) if it is a "mean".
 *
 * Why: P prefixes for the price of one decode.
 */
export const prefixResiduals: Kernel<
  {
    activations: "f32";
    decoder: "f32";
    decoderBias: "f32";
    input: "f32";
    bounds: "u32";
    residuals: "f32";
    squaredErrors: "f32";
  },
  "B" | "d" | "N" | "P",
  { readonly scale: number }
> = {
  id: "prefixResiduals",
  operands: {
    activations: { access: "read", dtype: "f32", dims: ["B", "N"] },
    decoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    decoderBias: { access: "read", dtype: "f32", dims: ["d"] },
    input: { access: "read", dtype: "f32", dims: ["B", "d"] },
    bounds: { access: "read", dtype: "u32", dims: ["P"] },
    residuals: { access: "write", dtype: "f32", dims: ["P", "B", "d"] },
    squaredErrors: { access: "write", dtype: "f32", dims: ["P"] },
  },
  reference(
    { activations, decoder, decoderBias, input, bounds, residuals, squaredErrors },
    { B, d, N, P },
    { scale },
  ) {
    squaredErrors.fill(0);
    const reconstruction = new Float64Array(d);
    for (let b = 0; b < B; b++) {
      reconstruction.set(decoderBias);
      for (let j = 0, i = 0; j < P; j++) {
        for (; i < bounds[j]; i++) {
          const f = activations[b * N + i];
          for (let k = 0; k < d; k++) reconstruction[k] += f * decoder[i * d + k];
        }
        for (let k = 0; k < d; k++) {
          const e = reconstruction[k] - input[b * d + k];
          residuals[(j * B + b) * d + k] = e;
          squaredErrors[j] += scale * e * e;
        }
      }
    }
  },
};
