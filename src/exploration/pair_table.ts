/**
 * Sums over pairs of numbers in bounded memory.
 *
 * @module
 */

const FIRST_SLOTS = 2 ** 12;
/** The share of slots that may be taken. */
const LOAD = 0.6;
/** The share of a latent's rows that a pair must exceed to stay when the pairs do not fit, and by what it grows. */
const FIRST_SHARE = 0.001, SHARE_FACTOR = 1.1;
/** The share of the room that pairs may keep then, so that it happens rarely. */
const STAYING = 0.6;

/**
 * A hash table of pairs (i, j) with a count and a few sums for each. Once it is full it drops the pairs that are rare
 * among the rows of their latents, as lossy counting does: the count of a pair is too low by at most `undercount` of
 * those rows, and a pair with a larger share is always there. Until then all counts are exact.
 */
export class PairTable {
  /** By how much a count may be too low, as a share of the rows that `rowsOf` gives for its pair. */
  undercount = 0;
  readonly #columns: number;
  readonly #most: number;
  readonly #rowsOf: (i: number, j: number) => number;
  #taken = 0;
  #mask = FIRST_SLOTS - 1;
  #first = new Uint32Array(FIRST_SLOTS);
  #second = new Uint32Array(FIRST_SLOTS);
  #counts = new Uint32Array(FIRST_SLOTS);
  /** What the count may lack. */
  #lost = new Uint32Array(FIRST_SLOTS);
  #sums: Float64Array;

  /**
   * @param columns The number of sums per pair.
   * @param most The largest number of pairs.
   * @param rowsOf Returns the rows so far of which the share of a pair is taken.
   */
  constructor(columns: number, most: number, rowsOf: (i: number, j: number) => number) {
    this.#columns = columns;
    this.#most = most;
    this.#rowsOf = rowsOf;
    this.#sums = new Float64Array(FIRST_SLOTS * columns);
  }

  /** The number of pairs. */
  get size(): number {
    return this.#taken;
  }

  /** Counts the pair, and returns where its sums begin in {@linkcode PairTable.sums}, until the next call. */
  count(i: number, j: number): number {
    let slot = this.#find(i, j);
    if (this.#counts[slot] === 0) {
      if (this.#taken >= Math.min(this.#most, LOAD * (this.#mask + 1))) {
        this.#makeRoom();
        slot = this.#find(i, j);
      }
      this.#taken++;
      this.#first[slot] = i;
      this.#second[slot] = j;
      if (this.undercount > 0) {
        this.#lost[slot] = Math.floor(this.undercount * this.#rowsOf(i, j));
      }
    }
    this.#counts[slot]++;
    return slot * this.#columns;
  }

  /** The sums of all pairs. They move when a pair is added. */
  get sums(): Float64Array {
    return this.#sums;
  }

  /** Calls `visit` with each pair, its count, and where its sums begin. */
  forEach(visit: (i: number, j: number, count: number, sums: number) => void): void {
    for (let slot = 0; slot <= this.#mask; slot++) {
      if (this.#counts[slot] === 0) continue;
      visit(this.#first[slot], this.#second[slot], this.#counts[slot], slot * this.#columns);
    }
  }

  #find(i: number, j: number): number {
    let hash = Math.imul(i, 0x9e3779b1) ^ Math.imul(j, 0x85ebca77);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let slot = (hash ^ (hash >>> 13)) & this.#mask;
    while (
      this.#counts[slot] !== 0 && (this.#first[slot] !== i || this.#second[slot] !== j)
    ) slot = (slot + 1) & this.#mask;
    return slot;
  }

  #makeRoom(): void {
    if (this.#taken < this.#most) return this.#keep(2 * (this.#mask + 1), () => true);
    // The share of before drops pairs, too: of those that have hardly come again, rows have come since.
    let share = Math.max(this.undercount, FIRST_SHARE);
    const stays = (slot: number) => {
      const rows = this.#rowsOf(this.#first[slot], this.#second[slot]);
      return this.#counts[slot] + this.#lost[slot] > Math.floor(share * rows);
    };
    while (this.#count(stays) > STAYING * this.#most) share *= SHARE_FACTOR;
    this.undercount = share;
    this.#keep(this.#mask + 1, stays);
  }

  #count(stays: (slot: number) => boolean): number {
    let count = 0;
    for (let slot = 0; slot <= this.#mask; slot++) {
      if (this.#counts[slot] !== 0 && stays(slot)) count++;
    }
    return count;
  }

  /** Drops the pairs that do not stay, and places the others anew in a table of so many slots. */
  #keep(slots: number, stays: (slot: number) => boolean): void {
    const kept = new Uint32Array(this.#taken);
    let taken = 0;
    for (let slot = 0; slot <= this.#mask; slot++) {
      if (this.#counts[slot] !== 0 && stays(slot)) kept[taken++] = slot;
    }
    const columns = this.#columns, old = kept.subarray(0, taken);
    const first = old.map((slot) => this.#first[slot]);
    const second = old.map((slot) => this.#second[slot]);
    const counts = old.map((slot) => this.#counts[slot]);
    const lost = old.map((slot) => this.#lost[slot]);
    const sums = new Float64Array(taken * columns);
    for (let n = 0; n < sums.length; n++) {
      sums[n] = this.#sums[old[Math.floor(n / columns)] * columns + n % columns];
    }
    this.#clear(slots);
    this.#taken = taken;
    for (let n = 0; n < taken; n++) {
      const slot = this.#find(first[n], second[n]);
      this.#first[slot] = first[n];
      this.#second[slot] = second[n];
      this.#counts[slot] = counts[n];
      this.#lost[slot] = lost[n];
      for (let k = 0; k < columns; k++) this.#sums[slot * columns + k] = sums[n * columns + k];
    }
  }

  /** Empties the table. Arrays of the right size are used again: garbage of this size would double the memory. */
  #clear(slots: number): void {
    if (slots === this.#mask + 1) {
      for (const array of [this.#counts, this.#lost, this.#sums]) array.fill(0);
      return;
    }
    this.#mask = slots - 1;
    this.#first = new Uint32Array(slots);
    this.#second = new Uint32Array(slots);
    this.#counts = new Uint32Array(slots);
    this.#lost = new Uint32Array(slots);
    this.#sums = new Float64Array(slots * this.#columns);
  }
}
