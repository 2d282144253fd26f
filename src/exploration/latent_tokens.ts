/**
 * The tokens on which each latent is active.
 *
 * @module
 */
import { BestList } from "./best_list.ts";
import type { LatentToken } from "./exploration.ts";
import { PairTable } from "./pair_table.ts";

/** What is known of each latent over the rows so far: in how many it is active, and the sum of activations, [N]. */
interface LatentTotals {
  readonly counts: Float64Array;
  readonly sums: Float64Array;
}

/** Counts pairs of a latent and a token, with the sum of activations. */
export class LatentTokens {
  readonly #table: PairTable;
  readonly #totals: LatentTotals;
  readonly #rowsWith = new Map<number, number>();
  #rows = 0;

  constructor(totals: LatentTotals, most: number) {
    this.#totals = totals;
    this.#table = new PairTable(1, most, (latent) => totals.counts[latent]);
  }

  /** By how much counts may be too low, as a share of the latent's active rows. */
  get undercount(): number {
    return this.#table.undercount;
  }

  /** Adds a row, before the activations in it. */
  addRow(token: number): void {
    this.#rows++;
    this.#rowsWith.set(token, (this.#rowsWith.get(token) ?? 0) + 1);
  }

  /** Adds one activation. */
  add(latent: number, token: number, value: number): void {
    const at = this.#table.count(latent, token);
    this.#table.sums[at] += value;
  }

  /** Returns the most frequent and the most distinctive tokens of each latent. */
  most(
    count: number,
    distinctive: number,
  ): { most: LatentToken[][]; distinctive: LatentToken[][] } {
    const { counts, sums: masses } = this.#totals;
    const most = Array.from(counts, () => new BestList<LatentToken>(count, comesBefore));
    const best = Array.from(counts, () => new BestList<Scored>(distinctive, scoresAbove));
    const { sums } = this.#table;
    this.#table.forEach((latent, token, count, at) => {
      const base = this.#rowsWith.get(token)! / this.#rows;
      const share = count / counts[latent], mass = sums[at];
      const each = { token, count, mass, share, lift: share / base };
      most[latent].add(each);
      const weighted = mass / masses[latent];
      if (weighted > base) best[latent].add({ each, score: weighted * Math.log(weighted / base) });
    });
    return {
      most: most.map((list) => list.items),
      distinctive: best.map((list) => list.items.map(({ each }) => each)),
    };
  }
}

/** A token with its term of the divergence. */
interface Scored {
  readonly each: LatentToken;
  readonly score: number;
}

/** Of equals, the lower number comes first. */
const scoresAbove = (a: Scored, b: Scored): boolean =>
  a.score > b.score || a.score === b.score && a.each.token < b.each.token;

const comesBefore = (a: LatentToken, b: LatentToken): boolean =>
  a.count > b.count || a.count === b.count && a.token < b.token;
