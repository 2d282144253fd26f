/**
 * The tokens on which each latent is active.
 *
 * @module
 */
import { BestList } from "./best_list.ts";
import type { ExploredLatent } from "./exploration.ts";
import { PairTable } from "./pair_table.ts";

type TokenCount = ExploredLatent["tokens"][number];

/** Counts pairs of a latent and a token, with the sum of activations. */
export class LatentTokens {
  readonly #table: PairTable;
  readonly #counts: Float64Array;

  /** @param counts The rows so far in which each latent is active, which others count: [N]. */
  constructor(counts: Float64Array, most: number) {
    this.#counts = counts;
    this.#table = new PairTable(1, most, (latent) => counts[latent]);
  }

  /** By how much counts may be too low, as a share of the latent's active rows. */
  get undercount(): number {
    return this.#table.undercount;
  }

  /** Adds one activation. */
  add(latent: number, token: number, value: number): void {
    const at = this.#table.count(latent, token);
    this.#table.sums[at] += value;
  }

  /** Returns the most frequent tokens of each latent; of equals that of the lower number. */
  most(count: number): TokenCount[][] {
    const lists = Array.from(this.#counts, () => new BestList<TokenCount>(count, comesBefore));
    const { sums } = this.#table;
    this.#table.forEach((latent, token, count, at) => {
      lists[latent].add({ token, count, mass: sums[at], share: count / this.#counts[latent] });
    });
    return lists.map((list) => list.items);
  }
}

const comesBefore = (a: TokenCount, b: TokenCount): boolean =>
  a.count > b.count || a.count === b.count && a.token < b.token;
