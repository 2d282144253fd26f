import type { Kernel } from "./kernel.ts";

/**
 * Takes out of the decoder's gradient what would change the norms of its rows:
 *
 *     z_i = D_i / (‖D_i‖ + ε)        ∂D_i ← ∂D_i − ⟨∂D_i, z_i⟩ z_i
 *
 *     D [N, d], ∂D [N, d]  →  ∂D [N, d]
 *
 * With `assumeUnit`, z_i is D_i itself. Where D_i is 0 and ε is 0, z_i is 0.
 *
 * Why: rows that are kept at norm 1 need no momentum along themselves.
 */
export const projectGradient: Kernel<
  {
    decoder: "f32";
    decoderGradient: "f32";
  },
  "N" | "d",
  { readonly epsilon: number; readonly assumeUnit: boolean }
> = {
  id: "projectGradient",
  operands: {
    decoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    decoderGradient: { access: "update", dtype: "f32", dims: ["N", "d"] },
  },
  reference({ decoder, decoderGradient }, { N, d }, { epsilon, assumeUnit }) {
    for (let i = 0; i < N; i++) {
      let square = 0;
      let parallel = 0;
      for (let k = i * d; k < (i + 1) * d; k++) {
        square += decoder[k] * decoder[k];
        parallel += decoder[k] * decoderGradient[k];
      }
      const norm = assumeUnit ? 1 : Math.sqrt(square) + epsilon;
      if (norm === 0) continue;
      const factor = parallel / (norm * norm);
      for (let k = i * d; k < (i + 1) * d; k++) decoderGradient[k] -= factor * decoder[k];
    }
  },
};
