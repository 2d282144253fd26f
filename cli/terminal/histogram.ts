/** Counts of values in bins. */
export interface Histogram {
  /** The bounds of the bins, ascending; one more than there are counts. */
  readonly edges: readonly number[];
  /** The number of values from each edge up to the next; the last bin includes its upper edge. */
  readonly counts: readonly number[];
}

/** The width of the longest bar, in characters. */
const WIDTH = 40;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

// Rounding alone makes the lengths of rows that were normalised to 1 differ by this much.
const SAME = 2 ** -20;

/** Counts values in `bins` bins of equal width from the least to the largest, or in one bin if all are equal. */
export function histogram(values: ArrayLike<number>, bins: number): Histogram {
  let least = Infinity, most = -Infinity;
  for (let i = 0; i < values.length; i++) {
    least = Math.min(least, values[i]);
    most = Math.max(most, values[i]);
  }
  if (values.length === 0) return { edges: [], counts: [] };
  const count = most - least <= SAME * Math.abs(most) ? 1 : bins;
  const edges = Array.from({ length: count + 1 }, (_, i) => least + (most - least) * i / count);
  return countBetween(values, edges);
}

/** Counts values between evenly spaced edges; no value may lie outside the first and the last. */
export function countBetween(values: ArrayLike<number>, edges: readonly number[]): Histogram {
  const counts = new Array<number>(edges.length - 1).fill(0);
  const [first, last] = [edges[0], edges.at(-1)!];
  for (let i = 0; i < values.length; i++) {
    // Multiplied before divided: a value on an edge, at a multiple of 1/2 or 1/4, is not rounded to below it.
    const place = Math.floor((values[i] - first) * counts.length / (last - first));
    // If all values are equal, `place` is 0 / 0.
    counts[Math.max(0, Math.min(place || 0, counts.length - 1))]++;
  }
  return { edges, counts };
}

/** Draws a line for each bin: its bounds, a bar and its count. */
export function histogramText(
  { edges, counts }: Histogram,
  inWords: (edge: number) => string,
): string {
  const most = Math.max(...counts);
  const labels = counts.map((_, i) => `${inWords(edges[i])} – ${inWords(edges[i + 1])}`);
  const width = Math.max(...labels.map((label) => label.length));
  return counts.map((count, i) => {
    const length = Math.round(count / most * WIDTH * 8);
    // A bin that is not empty shows at least an eighth.
    const eighths = count > 0 ? Math.max(1, length) : 0;
    const bar = "█".repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
    return `${labels[i].padStart(width)}  ${bar.padEnd(WIDTH)}  ${count}`;
  }).join("\n");
}
