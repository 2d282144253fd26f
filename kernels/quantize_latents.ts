import type { Kernel } from "./kernel.ts";
import { INPUT_OFFSET, quantizeRow, WEIGHT_LEVELS } from "./quantize_rows.ts";

/** Quantises row i of E: the reference of every kernel that leaves quantised latents behind. */
export function quantizeLatent(
  encoder: Float64Array,
  { i, d, W, from = i * d }: {
    readonly i: number;
    readonly d: number;
    readonly W: number;
    /** Where the row begins in `encoder`. */
    readonly from?: number;
  },
  quantized: Uint32Array,
  bounds: Float64Array,
): void {
  const row = { from, count: d, levels: WEIGHT_LEVELS, offset: 0 };
  const { scale, norm, errorNorm, sum } = quantizeRow(encoder, row, quantized, i * W);
  bounds.set([scale, norm, errorNorm, INPUT_OFFSET * sum], 4 * i);
}

/**
 * Quantises the rows of the encoder to eight bits, and measures the error:
 *
 *     t_i = max_k |E_ik| / 127      r_ik = E_ik / t_i to the nearest integer      Ê_ik = t_i r_ik
 *
 *     E [N, d]  →  quantized [N, W]: the bytes r_ik, four to a word, the first in the low bits, W = ⌈d/4⌉, then 0
 *               →  bounds [N, 4]: t_i, ‖E_i‖, ‖E_i − Ê_i‖, 64 Σ_k r_ik
 *
 * A quotient halfway between two integers may become either. The error is that of the integers stored.
 *
 * Why: see `encodeScreened`. In training `adamEncoder` leaves the same behind, so that this kernel runs only
 * before the first step, after a permutation, and after steps that did not screen.
 */
export const quantizeLatents: Kernel<
  { encoder: "f32"; quantized: "u32"; bounds: "f32" },
  "N" | "d" | "W",
  Record<never, never>
> = {
  id: "quantizeLatents",
  operands: {
    encoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
    quantized: { access: "write", dtype: "u32", dims: ["N", "W"] },
    bounds: { access: "write", dtype: "f32", dims: ["N", 4] },
  },
  reference({ encoder, quantized, bounds }, { N, d, W }) {
    for (let i = 0; i < N; i++) quantizeLatent(encoder, { i, d, W }, quantized, bounds);
  },
};
