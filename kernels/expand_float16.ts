import type { Kernel } from "./kernel.ts";

/** Returns the number that the bits of a finite float16 stand for. */
export function float16Value(bits: number): number {
  const exponent = (bits >> 10) & 31, fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}

/**
 * values_e = float16 number e of `packed`: two to a word, the first in its low bits, as F16 files hold them.
 * K = ⌈B·d/2⌉ words; the numbers must be finite. Exact, subnormals included.
 *
 * Why: activations are often stored as float16, so a batch can be sent in half the bytes.
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
