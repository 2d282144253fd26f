/**
 * Sums over pairs of numbers in bounded memory.
 *
 * @module
 */

const FIRST_SLOTS = 2 ** 12;
/** The share of slots that may be taken. */
const LOAD = 0.6;
/** The words of a slot: i, j, the count, which is 0 in a free slot, and what the count may lack. */
const WORDS = 4, COUNT = 2, LOST = 3;
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
  /** All of a slot but its sums, side by side, so that a look at it is one access to memory: [slots, WORDS]. */
  #slots = new Uint32Array(FIRST_SLOTS * WORDS);
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
    if (this.#slots[slot * WORDS + COUNT] === 0) {
      if (this.#taken >= Math.min(this.#most, LOAD * (this.#mask + 1))) {
        this.#makeRoom();
        slot = this.#find(i, j);
      }
      this.#taken++;
      const lost = this.undercount > 0 ? Math.floor(this.undercount * this.#rowsOf(i, j)) : 0;
      this.#put(slot, i, j, 0, lost);
    }
    this.#slots[slot * WORDS + COUNT]++;
    return slot * this.#columns;
  }

  /** The sums of all pairs. They move when a pair is added. */
  get sums(): Float64Array {
    return this.#sums;
  }

  /** Calls `visit` with each pair, its count, and where its sums begin. */
  forEach(visit: (i: number, j: number, count: number, sums: number) => void): void {
    const slots = this.#slots;
    for (let at = 0; at < slots.length; at += WORDS) {
      const count = slots[at + COUNT];
      if (count > 0) visit(slots[at], slots[at + 1], count, at / WORDS * this.#columns);
    }
  }

  #find(i: number, j: number): number {
    const slots = this.#slots, mask = this.#mask;
    let hash = Math.imul(i, 0x9e3779b1) ^ Math.imul(j, 0x85ebca77);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let slot = (hash ^ (hash >>> 13)) & mask;
    for (;;) {
      const at = slot * WORDS;
      if (slots[at + COUNT] === 0 || slots[at] === i && slots[at + 1] === j) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #put(slot: number, i: number, j: number, count: number, lost: number): void {
    const slots = this.#slots, at = slot * WORDS;
    slots[at] = i;
    slots[at + 1] = j;
    slots[at + COUNT] = count;
    slots[at + LOST] = lost;
  }

  #makeRoom(): void {
    if (this.#taken < this.#most) return this.#widen();
    // The share of before drops pairs, too: of those that have hardly come again, rows have come since.
    this.undercount = this.#shareThatFits(Math.max(this.undercount, FIRST_SHARE));
    this.#drop();
  }

  /** Returns the largest share of its rows that a pair may have. */
  #shareOf(at: number): number {
    const slots = this.#slots;
    return (slots[at + COUNT] + slots[at + LOST]) / this.#rowsOf(slots[at], slots[at + 1]);
  }

  /** Returns the first of the shares `least`, `least` · SHARE_FACTOR … that few enough pairs exceed. */
  #shareThatFits(least: number): number {
    const step = Math.log(SHARE_FACTOR), slots = this.#slots;
    // How many pairs exceed the first n shares and no more. With what it may lack, a count stays below twice all rows.
    const exceeding = new Uint32Array(Math.ceil(Math.log(2 / least) / step) + 2);
    for (let at = 0; at < slots.length; at += WORDS) {
      if (slots[at + COUNT] === 0) continue;
      const share = this.#shareOf(at);
      exceeding[share > least ? Math.ceil(Math.log(share / least) / step) : 0]++;
    }
    let staying = this.#taken - exceeding[0], n = 1;
    for (; staying > STAYING * this.#most; n++) staying -= exceeding[n];
    return least * SHARE_FACTOR ** (n - 1);
  }

  /**
   * Drops the pairs that do not exceed the undercount. Those that stay move towards the slot that their hash names, in
   * the order of the slots behind a free one: by then whatever lies before a pair has its place.
   */
  #drop(): void {
    const { undercount } = this, columns = this.#columns, mask = this.#mask;
    const slots = this.#slots, sums = this.#sums;
    let free = 0;
    while (slots[free * WORDS + COUNT] !== 0) free++;
    this.#taken = 0;
    for (let n = 1; n <= mask; n++) {
      const slot = (free + n) & mask, at = slot * WORDS, count = slots[at + COUNT];
      if (count === 0) continue;
      const stays = this.#shareOf(at) > undercount, from = slot * columns;
      slots[at + COUNT] = 0;
      if (stays) {
        const i = slots[at], j = slots[at + 1], to = this.#find(i, j);
        this.#taken++;
        this.#put(to, i, j, count, slots[at + LOST]);
        if (to === slot) continue;
        for (let k = 0; k < columns; k++) sums[to * columns + k] = sums[from + k];
      }
      for (let k = 0; k < columns; k++) sums[from + k] = 0;
    }
  }

  /** Doubles the slots. */
  #widen(): void {
    const slots = this.#slots, sums = this.#sums, columns = this.#columns;
    const size = 2 * (this.#mask + 1);
    this.#mask = size - 1;
    this.#slots = new Uint32Array(size * WORDS);
    this.#sums = new Float64Array(size * columns);
    for (let at = 0; at < slots.length; at += WORDS) {
      if (slots[at + COUNT] === 0) continue;
      const slot = this.#find(slots[at], slots[at + 1]);
      this.#put(slot, slots[at], slots[at + 1], slots[at + COUNT], slots[at + LOST]);
      const from = at / WORDS * columns;
      for (let k = 0; k < columns; k++) this.#sums[slot * columns + k] = sums[from + k];
    }
  }
}
