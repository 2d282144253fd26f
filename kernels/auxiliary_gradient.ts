import type { Kernel } from "./kernel.ts";

/** The constants of {@linkcode auxiliaryGradient}. */
export interface AuxiliaryConstants {
  /** The weight, divided by what is summed: α/B or α/(B·d). */
  readonly scale: number;
  /** Whether V divides the loss. */
  readonly normalized: boolean;
  /** The number of dead latents from which the loss has its full weight; 0 for any number. */
  readonly full: number;
  readonly when: "dead" | "active" | "always";
  /** The element of the terms: see `LOSS_TERMS`. */
  readonly term: number;
  readonly first: boolean;
}

/**
 * The auxiliary loss (AuxK) and its gradient at the reconstruction y of the dead latents, in place:
 *
 *     factor = scale [/ V] [· min(deadCount / full, 1)]
 *     terms_term ← [terms_term +] factor·Σ_b ‖y_b + e_b‖²        y_b ← 2·factor·(y_b + e_b)
 *
 *     y [B, d], e [B, d], V [1], deadCount [1], rowOffsets [B+1], terms [4]  →  y [B, d], terms [4]
 *
 * The target is −e, the residual x − x̂. `normalized` divides by V, and V = 0 makes the factor 0; `full` above 0 weakens
 * the loss while few latents are dead. The loss does not apply, and y becomes 0, unless there is a dead latent ("dead"),
 * or a code ("active"); "always" knows no exception. `first` replaces the term, else the loss is added to it.
 *
 * Why: V and the number of dead latents are known on the device only. Gao et al. 2024, section 2.4, with the residual as
 * the target.
 */
export const auxiliaryGradient: Kernel<
  {
    reconstruction: "f32";
    residual: "f32";
    variance: "f32";
    deadCount: "u32";
    rowOffsets: "u32";
    terms: "f32";
  },
  "B" | "d",
  AuxiliaryConstants
> = {
  id: "auxiliaryGradient",
  operands: {
    reconstruction: { access: "update", dtype: "f32", dims: ["B", "d"] },
    residual: { access: "read", dtype: "f32", dims: ["B", "d"] },
    variance: { access: "read", dtype: "f32", dims: [1] },
    deadCount: { access: "read", dtype: "u32", dims: [1] },
    rowOffsets: { access: "read", dtype: "u32", dims: ["B+1"] },
    terms: { access: "update", dtype: "f32", dims: [4] },
  },
  reference(arrays, { B, d }, { scale, normalized, full, when, term, first }) {
    const { reconstruction, residual, variance, deadCount, rowOffsets, terms } = arrays;
    const applies = when === "always" || (when === "dead" ? deadCount[0] : rowOffsets[B]) > 0;
    let factor = applies ? scale : 0;
    if (normalized) factor = variance[0] > 0 ? factor / variance[0] : 0;
    if (full > 0) factor *= Math.min(deadCount[0] / full, 1);
    let square = 0;
    for (let n = 0; n < B * d; n++) {
      const error = reconstruction[n] + residual[n];
      square += error * error;
      reconstruction[n] = factor === 0 ? 0 : 2 * factor * error;
    }
    terms[term] = (first ? 0 : terms[term]) + (factor === 0 ? 0 : factor * square);
  },
};
