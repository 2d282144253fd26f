/**
 * What an exploration finds. All of it is plain data, which `JSON.stringify` takes.
 *
 * @module
 */

/** One place where a latent is active, and its activations around it. */
export interface LatentExample {
  /** The row of this activation, counted over all rows. */
  readonly row: number;
  /** The activation there. */
  readonly value: number;
  /** The first row of the window; it belongs to the same sequence. */
  readonly from: number;
  /** The latent's activation in each row of the window, 0 where it is silent. */
  readonly values: readonly number[];
}

/** A parent or child of a latent. */
export interface LatentLink {
  /** The other latent. */
  readonly latent: number;
  /**
   * The cosine of the two latents' activations over the rows where the child is active, times the ratio of the smaller
   * to the larger of their maxima.
   */
  readonly similarity: number;
  /** The share of the child's rows in which the parent is silent. */
  readonly absorption: number;
  /**
   * The share by which the parent reduces the squared error over the child's rows, when the latents up to the end of the
   * parent's level reconstruct them. Negative if it increases the error.
   */
  readonly gain: number;
}

/** A token on which a latent is active. */
export interface LatentToken {
  /** Its number in the vocabulary. */
  readonly token: number;
  /** The rows with this token in which the latent is active. */
  readonly count: number;
  /** The sum of its activations there. */
  readonly mass: number;
  /** `count` as a share of the latent's active rows. */
  readonly share: number;
  /** How many times the token's share of all rows this is. */
  readonly lift: number;
}

/** Everything about one latent. */
export interface ExploredLatent {
  /** Its index. */
  readonly latent: number;
  /** The index of the first level that it belongs to. */
  readonly level: number;
  /** The number of rows in which it is active, which means above 0. */
  readonly count: number;
  /** The mean over these rows; 0 without any. */
  readonly mean: number;
  /** The largest activation; 0 without any. */
  readonly max: number;
  /** Counts of its activations in bins of equal width: bin i begins at `from` + i · `width`. */
  readonly histogram: {
    readonly from: number;
    readonly width: number;
    readonly counts: readonly number[];
  };
  /** The strongest examples, at most one per sequence, strongest first; of equals the earlier one. */
  readonly top: readonly LatentExample[];
  /**
   * Random examples by strength: intervals of equal width from strong to weak, as shares of the maximum, `to` excluded
   * unless it is 1. At most one example per sequence and interval.
   */
  readonly quantiles: readonly {
    readonly from: number;
    readonly to: number;
    readonly examples: readonly LatentExample[];
  }[];
  /** The tokens on which it is active most often. Empty without tokens. */
  readonly tokens: readonly LatentToken[];
  /**
   * The tokens that set it apart: with q the token's share of the sum of activations, and p its share of all rows, those
   * with the largest q log(q / p), the terms of the Kullback–Leibler divergence. Only tokens with q > p.
   */
  readonly distinctive: readonly LatentToken[];
  /** The latents most often active in the same rows; `share` is that of this latent's active rows. */
  readonly coactive: readonly {
    readonly latent: number;
    readonly count: number;
    readonly share: number;
  }[];
  /** The latents whose decoder directions are nearest, with positive cosines. */
  readonly nearest: readonly { readonly latent: number; readonly cosine: number }[];
  /** The FVU of each level over the rows where this latent is active; empty if there are none. */
  readonly levels: readonly number[];
  /** The best parent, if any pair passes. */
  readonly parent?: LatentLink;
  /** The latents whose best parent this is, most similar first. */
  readonly children: readonly LatentLink[];
}

/** The result of `exploreLatents`. */
export interface LatentExploration {
  /** The number of rows. */
  readonly rows: number;
  /** Rows per sequence. */
  readonly context: number;
  /** d, the size of a row. */
  readonly inputSize: number;
  /** N, the number of latents. */
  readonly latentCount: number;
  /** The mean number of active latents per row. */
  readonly l0: number;
  /** The number of latents active in no row. */
  readonly deadLatents: number;
  /** The levels, with the fraction of variance unexplained (FVU) by each prefix over all rows. */
  readonly levels: readonly { readonly prefix: number; readonly fvu: number }[];
  /** By how much counts may be too low, where there were more pairs than there was room for. */
  readonly undercount: {
    /** Of pairs of latents, as a share of the active rows of the rarer one. 0: all counts are exact. */
    readonly pairs: number;
    /** Of tokens, as a share of the latent's active rows. 0: all counts are exact. */
    readonly tokens: number;
  };
  /** All latents in their order: [N]. */
  readonly latents: readonly ExploredLatent[];
}
