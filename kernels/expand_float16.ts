import type { Kernel } from "./kernel.ts";

/** Returns the number that the bits of a finite float16 encode. */
export function float16Value(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}

/**
 * Expands packed float16 numbers:
 *
 *     values_e = float16 number e of `packed`, for e < B·d
 *
 *     packed [K]  →  values [B, d]
 *
 * A word of `packed` holds two numbers, the first in its low bits, as in F16 files; K = ⌈B·d/2⌉. The
 * numbers must be finite. The conversion is exact, also for subnormals.
 *
 * Why: activations are often stored as float16, so a batch can be uploaded in half the bytes.
 */
export const expandFloat16: Kernel<
  { packed: "u32"; values: "f32" },
  "K" | "B" | "d",
  Record<never, never>
> = {
  id: "expandFloat16",
  operands: {
    packed: { access: "read", dtype: "u32", dims: ["K"] },
    values: { access: "write", dtype: "f32", dims: ["B", "d"] },
  },
  reference({ packed, values }, { B, d }) {
    for (let e = 0; e < B * d; e++) values[e] = float16Value(packed[e >> 1] >>> (16 * (e & 1)));
  },
};
