/**
 * Finds activations of given ranks among more than memory can hold, by two histograms of their bits.
 *
 * @module
 */

/** Bits of a float32 below those by which the first histogram tells values apart. */
const LOW_BITS = 16;
const BINS = 1 << LOW_BITS;

// Positive float32 numbers are ordered as their bits are.
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

const fromBits = (value: number): number => {
  bits[0] = value;
  return float[0];
};

/** Positive float32 values, counted by the upper half of their bits. */
export class UpperCounts {
  /** The values counted. */
  total = 0;
  readonly #counts = new Float64Array(BINS);

  add(values: Float32Array): void {
    for (const at of bitsOf(values)) this.#counts[at >>> LOW_BITS]++;
    this.total += values.length;
  }

  /** Returns the bin that holds the value of a rank, 1 for the largest; the rank is from 1 to `total`. */
  binOf(rank: number): Bin {
    let above = 0;
    let bin = BINS - 1;
    for (; above + this.#counts[bin] < rank; bin--) above += this.#counts[bin];
    return { bin, above, count: this.#counts[bin] };
  }
}

/** Values that agree in the upper half of their bits. */
export interface Bin {
  readonly bin: number;
  /** The number of values above the bin. */
  readonly above: number;
  /** The number of values in it. */
  readonly count: number;
}

/** A value among others. */
export interface RankedValue {
  readonly value: number;
  /** The number of larger values. */
  readonly above: number;
  /** The number of values that are equal to it. */
  readonly equal: number;
}

/** The values of one bin, counted by the lower half of their bits. */
export class LowerCounts {
  readonly bin: Bin;
  /** The values counted. */
  total = 0;
  readonly #counts = new Float64Array(BINS);

  constructor(bin: Bin) {
    this.bin = bin;
  }

  /** The largest number below all values of the bin; 0 for the lowest bin. */
  get floor(): number {
    return below(fromBits(this.bin.bin << LOW_BITS));
  }

  add(values: Float32Array): void {
    for (const at of bitsOf(values)) {
      if (at >>> LOW_BITS !== this.bin.bin) continue;
      this.#counts[at & (BINS - 1)]++;
      this.total++;
    }
  }

  /** Returns the value of a rank that this bin holds. */
  valueOf(rank: number): RankedValue {
    let { above } = this.bin;
    let at = BINS - 1;
    for (; above + this.#counts[at] < rank; at--) above += this.#counts[at];
    return { value: fromBits((this.bin.bin << LOW_BITS) + at), above, equal: this.#counts[at] };
  }
}

/** Returns the next smaller float32 number, of a positive one. */
export function below(value: number): number {
  float[0] = value;
  return fromBits(Math.max(bits[0] - 1, 0));
}

/** Returns the next larger float32 number, of a positive one. */
export function above(value: number): number {
  float[0] = value;
  return fromBits(bits[0] + 1);
}

const bitsOf = ({ buffer, byteOffset, length }: Float32Array): Uint32Array =>
  new Uint32Array(buffer, byteOffset, length);
