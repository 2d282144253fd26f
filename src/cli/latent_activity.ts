import { countBetween, type Histogram } from "./histogram.ts";

/** How often latents are active on some rows. */
export interface LatentActivity {
  readonly rows: number;
  /** Mean number of active latents per row. */
  readonly l0: number;
  /** Latents active in no row. */
  readonly deadLatents: number;
  /** Latents active in more than a tenth of the rows. */
  readonly denseLatents: number;
  /** Latents that are not dead by log10 of the share of rows in which they are active, in half decades. */
  readonly log10Frequency: Histogram;
}

/** Sums up in how many of the rows each latent is active: [N]. */
export function latentActivity(activeRows: ArrayLike<number>, rows: number): LatentActivity {
  const counts = Array.from(activeRows);
  const alive = counts.filter((count) => count > 0);
  return {
    rows,
    l0: counts.reduce((a, b) => a + b, 0) / rows,
    deadLatents: counts.length - alive.length,
    denseLatents: counts.filter((count) => count > 0.1 * rows).length,
    log10Frequency: alive.length === 0
      ? { edges: [], counts: [] }
      : halfDecades(alive.map((count) => Math.log10(count / rows))),
  };
}

function halfDecades(values: readonly number[]): Histogram {
  const least = Math.min(Math.floor(2 * values.reduce((a, b) => Math.min(a, b))), -1);
  const edges = Array.from({ length: 1 - least }, (_, i) => (least + i) / 2);
  return countBetween(values, edges);
}
