/**
 * The parts of published training recipes beyond the definition of the loss. Each is off by default, and stands alone.
 *
 * @module
 */

/**
 * AuxK: an auxiliary loss in which the dead latents reconstruct what the living ones leave,
 * weight · ‖Σ_i A_i D_i − r‖², where A holds a row's largest activations among the dead latents, and r = x − x̂ is
 * taken as a constant (Gao et al. 2024). Latents are dead by `TrainerOptions.deadAfter`.
 */
export interface AuxiliaryLoss {
  /** α (1/32). */
  readonly weight?: number;
  /** κ, how many dead latents a row may use (half of `inputSize`). */
  readonly latents?: number;
  /**
   * Whether the dead latents of each block reconstruct what the prefix that ends with the block leaves, each with
   * 1/P of the weight, so that early blocks are revived by what concerns them (false: all reconstruct what the full
   * code leaves).
   */
  readonly perPrefix?: boolean;
  /**
   * What divides the loss: the variance of the residuals ("residual", default), that of the inputs ("input"), or
   * nothing but the rows, or elements, that `squaredError` divides by ("none").
   */
  readonly normalizer?: "residual" | "input" | "none";
  /** Whether the loss is weakened by #dead/κ while fewer than κ latents are dead (false). */
  readonly scaleByDead?: boolean;
  /** Whether it moves the encoder, too (true): without, dead latents keep their directions there. */
  readonly encoderGradient?: boolean;
}

/** A threshold that stands in for top-k selections when single rows are encoded: see `Trainer.inferenceThreshold`. */
export interface InferenceThreshold {
  /** Weight of a step in the running mean of the smallest kept activation (0.01). */
  readonly rate?: number;
  /** Steps before the first one that counts (0). */
  readonly after?: number;
  /**
   * How the mean starts: from 0 with its bias removed ("corrected", default), from the first value ("first"), or from
   * 0 ("zero"), with which it is too low for some hundred steps.
   */
  readonly start?: "corrected" | "first" | "zero";
  /**
   * The smallest kept activation of the whole batch ("batch", default for batchtopk), or the mean of those of the rows
   * ("rows", default for topk).
   */
  readonly smallestOf?: "batch" | "rows";
}

/** How the thresholds of jumprelu are trained: by straight-through gradients (Rajamanoharan et al. 2024). */
export interface ThresholdTraining {
  /** h, the width of the window around θ in which pre-activations move it, in units of pre-activations (0.05). */
  readonly bandwidth?: number;
  /** Whether log θ is trained, so that θ stays positive (true), or θ itself. */
  readonly logarithm?: boolean;
  /** μ, the weight of a loss that pulls pre-activations of dead latents up to θ (0: none). */
  readonly preActivationLoss?: number;
}

/** A k that falls during training, which keeps more latents alive. */
export interface AnnealedK {
  /** k at the first step. */
  readonly from: number;
  /** Steps over which it falls to that of the activation, linearly, rounded down. */
  readonly steps: number;
}

/** The law of initial parameters. */
export interface Initialization {
  /** The law of a row's elements: "normal" (default) or "uniform" around 0, with variance 1/d. */
  readonly law?: "normal" | "uniform";
  /** ‖D_i‖ (0.1). Each D_i has the direction of E_i. */
  readonly decoderNorm?: number;
  /** ‖E_i‖; by default what the law gives, about 1. */
  readonly encoderNorm?: number;
}

/**
 * Switches that reproduce what a library's published code does, where that differs from what its authors describe or
 * from what is right. They exist so that recorded runs can be followed; docs/recipes.md says whose each one is.
 */
export interface Compatibility {
  /** The auxiliary reconstruction has c added: to it alone ("reconstruction"), or to its target, too ("both"). */
  readonly auxiliaryBias?: "none" | "reconstruction" | "both";
  /** Dead latents with negative pre-activations may be used by the auxiliary loss. */
  readonly auxiliaryNegative?: boolean;
  /** The residual is not a constant: the auxiliary loss moves the living latents, too. */
  readonly auxiliaryAttached?: boolean;
  /** The auxiliary loss applies while any latent is dead ("dead", default), any is used ("active"), or "always". */
  readonly auxiliaryApplies?: "dead" | "active" | "always";
  /** Dead latents are those of before this batch. */
  readonly deadBefore?: boolean;
  /** A latent fires only above this activation (0). */
  readonly firesAbove?: number;
  /** The count of silent batches restarts at 1. */
  readonly silenceFromOne?: boolean;
  /** Annealed k begins one step late: the first step has the final k. */
  readonly lateAnnealedK?: boolean;
  /** Gradients are never set to zero: what a step leaves, clipped, is added to the next. */
  readonly carriedGradients?: boolean;
  /** What clipping adds to the norm (1e-6). */
  readonly clipEpsilon?: number;
  /** The norm that clipping needs is taken before the gradient is projected. */
  readonly clipBeforeProjection?: boolean;
  /** What the projection adds to the norm of a decoder row (0). */
  readonly projectionEpsilon?: number;
  /** The projection takes decoder rows as if their norm were 1. */
  readonly projectionAssumesUnit?: boolean;
  /** The window of the l0 penalty lies over activations, so that silent rows count where θ < h/2. */
  readonly windowOverActivations?: boolean;
  /** Without relu: pre-activations between a negative θ and 0 are active. */
  readonly negativeActivations?: boolean;
  /** L0 of the target penalty counts silent rows of latents whose θ is negative. */
  readonly silentBelowZero?: boolean;
  /** c alone is a prefix, too, the first one. */
  readonly biasPrefix?: boolean;
  /** The geometric median ends when it moves less than this, whatever the scale of the inputs (0: relative). */
  readonly medianTolerance?: number;
  /** A latent lives, too, if it is among the latents of `multiTopk`. */
  readonly aliveByMultiTopk?: boolean;
}
