/** Counts of values between bounds, for people and for JSON. */
export interface Histogram {
  /** One more than there are counts, ascending. */
  readonly edges: readonly number[];
  /** Values from an edge up to the next; the last bin has its upper edge, too. */
  readonly counts: readonly number[];
}

/** The width of the longest bar. */
const WIDTH = 40;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

// Rows that were normalised to length 1 differ by this in rounding alone.
const SAME = 2 ** -20;

/** Counts values in `bins` bins of one width from the least to the largest, or in one if all are the same. */
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

/** Counts values between edges that are apart by the same; none may lie beyond the first and the last. */
export function countBetween(values: ArrayLike<number>, edges: readonly number[]): Histogram {
  const counts = new Array<number>(edges.length - 1).fill(0);
  const [first, last] = [edges[0], edges.at(-1)!];
  for (let i = 0; i < values.length; i++) {
    // Multiplied first: what lies on an edge of bins of a half or a quarter is not rounded to below it.
    const place = Math.floor((values[i] - first) * counts.length / (last - first));
    // All the same: 0 / 0.
    counts[Math.max(0, Math.min(place || 0, counts.length - 1))]++;
  }
  return { edges, counts };
}

/** A line for each bin with its bounds, a bar and the count. */
export function histogramText(
  { edges, counts }: Histogram,
  inWords: (edge: number) => string,
): string {
  const most = Math.max(...counts);
  const labels = counts.map((_, i) => `${inWords(edges[i])} – ${inWords(edges[i + 1])}`);
  const width = Math.max(...labels.map((label) => label.length));
  return counts.map((count, i) => {
    const length = Math.round(count / most * WIDTH * 8);
    // What is there is seen, however little.
    const eighths = count > 0 ? Math.max(1, length) : 0;
    const bar = "█".repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
    return `${labels[i].padStart(width)}  ${bar.padEnd(WIDTH)}  ${count}`;
  }).join("\n");
}
