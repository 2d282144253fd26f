import type { Kernel } from "./kernel.ts";

/** The number that the bits of a finite half are. */
export function halfValue(bits: number): number {
  const exponent = (bits >> 10) & 31, fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}

/**
 * values_e = the half e of `halves`: two to a word, the first in its low bits, as F16 files hold them.
 * K = ⌈B·d/2⌉ words; halves must be finite. Exact, subnormals included.
 *
 * Why: activations are kept in half precision, so a batch can be sent in half the bytes.
 */
export const expandHalves: Kernel<
  { halves: "u32"; values: "f32" },
  "K" | "B" | "d",
  Record<never, never>
> = {
  id: "expandHalves",
  operands: {
    halves: { access: "read", dtype: "u32", dims: ["K"] },
    values: { access: "write", dtype: "f32", dims: ["B", "d"] },
  },
  reference({ halves, values }, { B, d }) {
    for (let e = 0; e < B * d; e++) values[e] = halfValue(halves[e >> 1] >>> (16 * (e & 1)));
  },
};
