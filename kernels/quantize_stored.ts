import type { Kernel } from "./kernel.ts";
import { quantizeLatent } from "./quantize_latents.ts";
import { expandStored, type StoredType } from "./stored_weights.ts";

/**
 * Quantises the rows of an encoder that is kept in the type of its file, as `quantizeLatents` does.
 *
 *     stored [N, V], scale [N]  →  quantized [N, W], bounds [N, 4]
 *
 * A row of `stored` takes whole words: V = ⌈d/2⌉ for float16 and bfloat16. E_ik is the stored number. With "int8" it
 * is scale_i times that number, rounded to float32; `quantized` then repeats `stored`, t_i is scale_i, and the error
 * is that of the rounding. Only "int8" reads `scale`.
 *
 * Why: an autoencoder whose weights are too many for float32 is quantised once, when it is loaded.
 */
export const quantizeStored: Kernel<
  { stored: "u32"; scale: "f32"; quantized: "u32"; bounds: "f32" },
  "N" | "V" | "W",
  { readonly type: StoredType; readonly d: number }
> = {
  id: "quantizeStored",
  operands: {
    stored: { access: "read", dtype: "u32", dims: ["N", "V"] },
    scale: { access: "read", dtype: "f32", dims: ["N"] },
    quantized: { access: "write", dtype: "u32", dims: ["N", "W"] },
    bounds: { access: "write", dtype: "f32", dims: ["N", 4] },
  },
  reference({ stored, scale, quantized, bounds }, { N, W }, { type, d }) {
    const encoder = expandStored(type, stored, scale, { N, d });
    if (type !== "int8") {
      for (let i = 0; i < N; i++) quantizeLatent(encoder, { i, d, W }, quantized, bounds);
      return;
    }
    quantized.set(stored);
    for (let i = 0; i < N; i++) {
      let square = 0;
      let errorSquare = 0;
      let sum = 0;
      for (let k = 0; k < d; k++) {
        const r = stored[i * W + (k >> 2)] << (24 - 8 * (k & 3)) >> 24;
        square += encoder[i * d + k] ** 2;
        errorSquare += (encoder[i * d + k] - scale[i] * r) ** 2;
        sum += r;
      }
      bounds.set([scale[i], Math.sqrt(square), Math.sqrt(errorSquare), 64 * sum], 4 * i);
    }
  },
};
