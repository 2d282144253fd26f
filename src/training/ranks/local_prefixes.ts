/**
 * The prefixes of a step as one rank sees them.
 *
 * @module
 */
import type { Range } from "../../distributed/shares.ts";

/** The prefixes that end among a rank's latents, with one of weight 0 for the last latents if none ends there. */
export interface LocalPrefixes {
  /** p_j − n_r of these prefixes; the last is the number of the rank's latents. */
  readonly bounds: Uint32Array;
  /** Their weights, as the residuals see them. */
  readonly weights: Float64Array;
  /** Their weights as the penalty sees them: prefixes that end on later ranks contain the rank's latents, too. */
  readonly tailWeights: Float64Array;
  /** The number of the first of these prefixes among all. */
  readonly first: number;
  /** How many prefixes end here. */
  readonly count: number;
  /** For each of all P prefixes, how many of the rank's latents it contains. */
  readonly contained: Uint32Array;
}

/** Returns the prefixes with these bounds and weights as the rank with these latents sees them. */
export function localPrefixes(
  bounds: ArrayLike<number>,
  weights: ArrayLike<number>,
  { from, to }: Range,
): LocalPrefixes {
  const all = Array.from(bounds);
  const contained = Uint32Array.from(all, (p) => Math.min(Math.max(p - from, 0), to - from));
  const first = all.filter((p) => p <= from).length;
  const count = all.filter((p) => p > from && p <= to).length;
  const ended = all.slice(first, first + count).map((p) => p - from);
  const open = ended.at(-1) !== to - from;
  const own = Array.from(weights).slice(first, first + count);
  if (open) own.push(0);
  const tail = own.slice();
  tail[tail.length - 1] += Array.from(weights).slice(first + count).reduce((a, b) => a + b, 0);
  return {
    bounds: Uint32Array.from(open ? [...ended, to - from] : ended),
    weights: Float64Array.from(own),
    tailWeights: Float64Array.from(tail),
    first,
    count,
    contained,
  };
}
