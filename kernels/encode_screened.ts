import { encodeSparse, type SparseSelection } from "./encode_sparse.ts";
import type { Kernel, Operand } from "./kernel.ts";

/** The operands that `encodeScreened` and `encodeStored` have beside the weights. */
export const SCREENED_OPERANDS = {
  input: { access: "read", dtype: "f32", dims: ["B", "d"] },
  encoderBias: { access: "read", dtype: "f32", dims: ["N"] },
  threshold: { access: "read", dtype: "f32", dims: ["N"] },
  quantizedRows: { access: "read", dtype: "u32", dims: ["B", 2, "W"] },
  rowBounds: { access: "read", dtype: "f32", dims: ["B", 5] },
  quantizedLatents: { access: "read", dtype: "u32", dims: ["N", "W"] },
  latentBounds: { access: "read", dtype: "f32", dims: ["N", 4] },
  rowOffsets: { access: "write", dtype: "u32", dims: ["B+1"] },
  indices: { access: "write", dtype: "u32", dims: ["K"] },
  values: { access: "write", dtype: "f32", dims: ["K"] },
  overflow: { access: "write", dtype: "u32", dims: [1] },
  candidates: { access: "write", dtype: "f32", dims: [1] },
} as const satisfies Record<string, Operand>;

/** The element types of `SCREENED_OPERANDS`. */
export type ScreenedTypes = {
  readonly [Name in keyof typeof SCREENED_OPERANDS]: (typeof SCREENED_OPERANDS)[Name]["dtype"];
};

/** The constants of the encodes that keep only active latents. */
export interface SelectionConstants {
  readonly selection: SparseSelection;
  /** Latents that the top-k selections keep per row. */
  readonly k: number;
}

/**
 * `encodeSparse` by certified screening: the same codes, bit for bit, at a fraction of the cost.
 *
 *     pre_bi = s_b t_i (Σ_k (q_bk + 64) r_ik − 64 Σ_k r_ik) + b_i + ε_bi
 *     |ε_bi| ≤ ‖x_b − x̂_b‖ ‖E_i‖ + ‖x̂_b‖ ‖E_i − Ê_i‖                                (Cauchy–Schwarz)
 *
 *     x [B, d], E [N, d], b [N], θ [N], what `quantizeRows` and `quantizeLatents` make of x and E
 *       →  rowOffsets [B+1], indices [K], values [K], overflow [1], candidates [1]
 *
 * A product of integers bounds every pre-activation. Where even the upper bound, widened by what float32 rounds, does
 * not reach what the selection asks for, the latent is not active. Of the others the second digit of x gives a closer
 * bound. What is left are candidates: they get the float32 dot product of `encodeSparse`, with its order of summation.
 * `candidates` is their number per row; it is at least that of the active latents, and otherwise unspecified.
 * `docs/mathematics.md` derives the bounds.
 *
 * The results are defined by `encodeSparse`, whose spec they follow. The quantised operands must be those of this
 * `input` and `encoder`.
 */
export const encodeScreened: Kernel<
  ScreenedTypes & { encoder: "f32" },
  "B" | "d" | "N" | "K" | "W",
  SelectionConstants
> = {
  id: "encodeScreened",
  operands: /* @__PURE__ */ screenedOperands(),
  reference(arrays, dims, constants) {
    encodeSparse.reference(arrays, dims, constants);
    arrays.candidates[0] = arrays.rowOffsets[dims.B] / dims.B;
  },
};

// A function, because bundlers keep an object that is spread in programs that do not use it.
function screenedOperands() {
  return {
    ...SCREENED_OPERANDS,
    encoder: { access: "read", dtype: "f32", dims: ["N", "d"] },
  } as const;
}
