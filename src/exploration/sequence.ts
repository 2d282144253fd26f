/**
 * The codes of one sequence, by latent.
 *
 * @module
 */

/** The entries of one sequence. Those of one latent form a list in the order of their positions, linked by `next`. */
export interface SequenceEntries {
  /** The row of position 0. */
  readonly firstRow: number;
  /** The number of rows. */
  readonly length: number;
  /** The position of each entry within the sequence. */
  readonly positions: Uint32Array;
  /** The activation of each entry. */
  readonly values: Float32Array;
  /** The next entry of the same latent, or −1. */
  readonly next: Int32Array;
}

/** Gathers the entries of a sequence that may come in several batches, and visits each latent in it. */
export class Sequence implements SequenceEntries {
  firstRow = 0;
  length = 0;
  positions = new Uint32Array(1024);
  values = new Float32Array(1024);
  next = new Int32Array(1024);
  #count = 0;
  readonly #heads: Int32Array;
  readonly #tails: Int32Array;
  #touched: number[] = [];

  constructor(latentCount: number) {
    this.#heads = new Int32Array(latentCount).fill(-1);
    this.#tails = new Int32Array(latentCount);
  }

  /** Adds an active latent of the row that comes next. */
  add(latent: number, value: number): void {
    const e = this.#count++;
    if (e === this.values.length) this.#grow();
    this.positions[e] = this.length;
    this.values[e] = value;
    this.next[e] = -1;
    if (this.#heads[latent] < 0) {
      this.#heads[latent] = e;
      this.#touched.push(latent);
    } else this.next[this.#tails[latent]] = e;
    this.#tails[latent] = e;
  }

  /** Ends the row. */
  endRow(): void {
    this.length++;
  }

  /** Calls `visit` with each active latent and its first entry, and begins the next sequence. */
  finish(visit: (latent: number, head: number) => void): void {
    for (const latent of this.#touched) {
      visit(latent, this.#heads[latent]);
      this.#heads[latent] = -1;
    }
    this.#touched = [];
    this.#count = 0;
    this.firstRow += this.length;
    this.length = 0;
  }

  #grow(): void {
    const size = 2 * this.values.length;
    const positions = new Uint32Array(size), values = new Float32Array(size);
    const next = new Int32Array(size);
    positions.set(this.positions);
    values.set(this.values);
    next.set(this.next);
    Object.assign(this, { positions, values, next });
  }
}
