/**
 * Pairs of latents that are active in the same rows, and the tree that follows from them.
 *
 * @module
 */
import type { SparseCodes } from "../model/codes.ts";
import type { LatentLink } from "./exploration.ts";
import type { ExplainedRow, LatentSums } from "./latent_sums.ts";
import { PairTable } from "./pair_table.ts";
import { BestList } from "./best_list.ts";

/** The sums of a pair i < j over the rows where both are active: f_i f_j, f_i², and the gain of i. */
const COLUMNS = 3;

/** A latent that is active in the same rows as another. */
export interface Coactive {
  readonly latent: number;
  readonly count: number;
  readonly share: number;
}

/** Counts pairs, with the sums that decide about parents and children. */
export class LatentPairs {
  readonly #table: PairTable;
  readonly #latents: LatentSums;
  readonly #levels: number;
  #active = new Uint32Array(64);

  constructor(latents: LatentSums, levels: number, most: number) {
    const { counts } = latents;
    this.#latents = latents;
    this.#levels = levels;
    this.#table = new PairTable(COLUMNS, most, (i, j) => Math.min(counts[i], counts[j]));
  }

  /** By how much counts may be too low, as a share of the active rows of the rarer latent. */
  get undercount(): number {
    return this.#table.undercount;
  }

  /** Adds the active latents of row b. */
  add({ rowOffsets, indices, values }: SparseCodes, b: number, { gains }: ExplainedRow): void {
    const begin = rowOffsets[b], end = rowOffsets[b + 1], table = this.#table;
    if (this.#active.length < end - begin) this.#active = new Uint32Array(2 * (end - begin));
    const active = this.#active;
    let count = 0;
    for (let e = begin; e < end; e++) if (values[e] > 0) active[count++] = e;
    for (let m = 0; m < count; m++) {
      const i = indices[active[m]], value = values[active[m]], gain = gains[active[m] - begin];
      for (let n = m + 1; n < count; n++) {
        const at = table.count(i, indices[active[n]]), sums = table.sums;
        sums[at] += value * values[active[n]];
        sums[at + 1] += value * value;
        sums[at + 2] += gain;
      }
    }
  }

  /** Returns for each latent those most often active in the same rows; of equals that of the lower index. */
  coactive(most: number): Coactive[][] {
    const { counts } = this.#latents;
    const lists = Array.from(counts, () => new BestList<Coactive>(most, comesBefore));
    this.#table.forEach((i, j, count) => {
      lists[i].add({ latent: j, count, share: count / counts[i] });
      lists[j].add({ latent: i, count, share: count / counts[j] });
    });
    return lists.map((list) => list.items);
  }

  /**
   * Returns the best parent of each latent. A parent is of an earlier level, at least as similar as `threshold`, and
   * reduces the error where the child is active. Of equally similar ones it is that of the lower index.
   */
  parents(threshold: number): (LatentLink | undefined)[] {
    const { counts, levelOf } = this.#latents;
    const parents: (LatentLink | undefined)[] = Array.from(counts, () => undefined);
    this.#table.forEach((i, j, count, at) => {
      if (levelOf[i] === levelOf[j]) return;
      const link = this.#link(i, j, count, at);
      if (link.similarity < threshold || link.gain <= 0) return;
      const best = parents[j];
      const better = best === undefined || link.similarity > best.similarity ||
        link.similarity === best.similarity && i < best.latent;
      if (better) parents[j] = link;
    });
    return parents;
  }

  #link(parent: number, child: number, count: number, at: number): LatentLink {
    const { counts, squares, maxima, errors, levelOf } = this.#latents;
    const [products, parentSquares, gain] = this.#table.sums.subarray(at, at + COLUMNS);
    const ratio = maxima[parent] / maxima[child];
    return {
      latent: parent,
      similarity: products / Math.sqrt(parentSquares * squares[child]) *
        Math.min(ratio, 1 / ratio),
      absorption: 1 - count / counts[child],
      // The error without the parent is that with it plus the gain.
      gain: gain / (errors[child * this.#levels + levelOf[parent]] + gain),
    };
  }
}

const comesBefore = (a: Coactive, b: Coactive): boolean =>
  a.count > b.count || a.count === b.count && a.latent < b.latent;
