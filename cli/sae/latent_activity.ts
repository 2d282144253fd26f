import { countBetween, type Histogram } from "../terminal/histogram.ts";

/** Latents that are active in a greater share of the rows are called dense. */
const DENSE = 0.1;

/** How often latents are active on some rows. */
export interface LatentActivity {
  readonly rows: number;
  /** Mean number of active latents per row. */
  readonly l0: number;
  /** Latents active in no row. */
  readonly deadLatents: number;
  /** Latents active in more than a tenth of the rows. */
  readonly denseLatents: number;
  /** Latents that are not dead, counted by log10 of the share of rows in which they are active, in half decades. */
  readonly log10Frequency: Histogram;
}

/** Summarizes `activeRows`, the number of rows in which each latent is active: [N]. */
export function latentActivity(activeRows: Float64Array, rows: number): LatentActivity {
  const frequency = activeRows.map((count) => count / rows);
  const alive = frequency.filter((share) => share > 0);
  return {
    rows,
    l0: activeRows.reduce((a, b) => a + b, 0) / rows,
    deadLatents: frequency.length - alive.length,
    denseLatents: denseLatents(frequency),
    log10Frequency: alive.length === 0
      ? { edges: [], counts: [] }
      : countByFrequency(frequency, 0.5, alive.reduce((a, b) => Math.min(a, b))),
  };
}

/** Counts latents that are active in more than a tenth of the rows. */
export const denseLatents = (frequency: Float64Array): number =>
  frequency.filter((share) => share > DENSE).length;

/**
 * Counts latents by log10 of the share of rows in which they are active, without the dead ones. The bins have this
 * width; the first holds the least share, and the last ends at 0.
 */
export function countByFrequency(
  frequency: Float64Array,
  binWidth: number,
  least: number,
): Histogram {
  const bins = Math.max(1, Math.ceil(-Math.log10(least) / binWidth));
  const edges = Array.from({ length: bins + 1 }, (_, i) => (i - bins) * binWidth);
  return countBetween(frequency.filter((share) => share > 0).map(Math.log10), edges);
}
