/** A point of a curve. */
export interface Point {
  /** The step. */
  readonly step: number;
  /** The value; one that is not finite leaves a gap. */
  readonly value: number;
}

/** Buckets of a curve: with four points each, they are more than a chart has columns of pixels. */
export const BUCKETS = 200;

/**
 * Returns at most 4·`buckets` points that draw the same curve: the steps are cut into buckets of equal width, and
 * each keeps its first, last, lowest and highest point (M4 of Jugel, Jerzak, Hackenbroich and Markl, 2014).
 * The first and last step and every extreme stay, and a curve with fewer points is unchanged.
 * Points that are not finite count as neither lowest nor highest.
 *
 * @param points in the order of their steps
 */
export function thinned(points: readonly Point[], buckets: number = BUCKETS): Point[] {
  if (points.length <= 4 * buckets) return [...points];
  const from = points[0].step, span = points.at(-1)!.step - from;
  const bucketOf = ({ step }: Point) =>
    Math.min(buckets - 1, Math.floor((step - from) / span * buckets));
  const kept: Point[] = [];
  for (let start = 0, end = 0; start < points.length; start = end) {
    const bucket = bucketOf(points[start]);
    let low = -1, high = -1;
    for (end = start; end < points.length && bucketOf(points[end]) === bucket; end++) {
      const { value } = points[end];
      if (!Number.isFinite(value)) continue;
      if (low < 0 || value < points[low].value) low = end;
      if (high < 0 || value > points[high].value) high = end;
    }
    const chosen = new Set([start, low, high, end - 1].sort((a, b) => a - b));
    for (const index of chosen) if (index >= 0) kept.push(points[index]);
  }
  return kept;
}

/** Returns at most `count` items, evenly spaced, with the first and the last. */
export function spaced<T>(all: readonly T[], count: number): T[] {
  if (all.length <= count) return [...all];
  return Array.from(
    { length: count },
    (_, i) => all[Math.round(i * (all.length - 1) / (count - 1))],
  );
}
