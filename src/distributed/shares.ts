/**
 * The shares of ranks: contiguous ranges of latents or rows.
 *
 * @module
 */
import { checkArray, checkInteger } from "../base/checks.ts";

/** Contiguous latents or rows: `from` ≤ i < `to`. */
export interface Range {
  /** The first. */
  readonly from: number;
  /** One past the last. */
  readonly to: number;
}

/**
 * Returns part r of `count` things dealt to `parts`, as evenly as can be: the first `count mod parts` have one more.
 *
 * @param count How many things there are, at least 0.
 * @param parts How many parts, at least 1.
 * @param r The number of the part: 0 … parts − 1.
 *
 * @example
 * ```ts
 * import { evenShare } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([0, 1, 2].map((rank) => evenShare(7, 3, rank)), [
 *   { from: 0, to: 3 },
 *   { from: 3, to: 5 },
 *   { from: 5, to: 7 },
 * ]);
 * ```
 */
export function evenShare(count: number, parts: number, r: number): Range {
  const least = Math.floor(count / parts);
  const larger = count % parts;
  const from = r * least + Math.min(r, larger);
  return { from, to: from + least + (r < larger ? 1 : 0) };
}

/**
 * Returns the ranges of latents of all ranks that share them, in the order of the ranks.
 *
 * @param latentCount N.
 * @param ranks How many ranks share the latents.
 * @param perRank How many latents each has, instead of an even share.
 * @throws {RangeError} if a rank would have none, or `perRank` does not sum to N.
 */
export function latentShares(
  latentCount: number,
  ranks: number,
  perRank: ArrayLike<number> | undefined,
  task: string,
): Range[] {
  if (perRank === undefined) {
    if (latentCount < ranks) {
      throw new RangeError(
        `Cannot ${task}: ${latentCount} latents cannot be shared by ${ranks} ranks: each needs at least one`,
      );
    }
    return Array.from({ length: ranks }, (_, r) => evenShare(latentCount, ranks, r));
  }
  checkArray(perRank, "latentsPerRank", task);
  if (perRank.length !== ranks) {
    throw new RangeError(
      `Cannot ${task}: latentsPerRank has ${perRank.length} numbers but ${ranks} ranks share the latents`,
    );
  }
  let from = 0;
  const ranges = Array.from(perRank, (count, r) => {
    const range = { from, to: from + checkInteger(count, `latentsPerRank[${r}]`, task) };
    from = range.to;
    return range;
  });
  if (from !== latentCount) {
    throw new RangeError(
      `Cannot ${task}: latentsPerRank must sum to latentCount ${latentCount} but sums to ${from}`,
    );
  }
  return ranges;
}
