/**
 * The random generator Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2,
 * 3" (2011). It is a keyed bijection of a 128-bit counter, so its state is a position, and two streams of one seed
 * use disjoint ranges of counters.
 *
 * @module
 */

import { checkInteger, shown, wrongKind } from "./checks.ts";

// Random123's constants: the two multipliers, and the Weyl increments of the key (golden ratio, √3 − 1).
const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** Returns the high 32 bits of the product of two uint32. */
function multiplyHigh(a: number, b: number): number {
  // In 16-bit parts, so that every intermediate stays below 2³², where doubles and >>> are exact.
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const low = a1 * b0 + ((a0 * b0) >>> 16);
  const middle = a0 * b1 + (low & 0xffff);
  return a1 * b1 + (low >>> 16) + (middle >>> 16);
}

/**
 * Computes one block of Philox4x32-10: four uint32 from a counter and a key.
 *
 * @param counter four uint32, the least significant first
 * @param key two uint32
 * @param output where the four uint32 go; a new array unless given
 */
export function philox4x32(
  counter: ArrayLike<number>,
  key: ArrayLike<number>,
  output: Uint32Array = new Uint32Array(4),
): Uint32Array {
  let c0 = counter[0];
  let c1 = counter[1];
  let c2 = counter[2];
  let c3 = counter[3];
  let k0 = key[0];
  let k1 = key[1];
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(M0, c0);
    const low0 = Math.imul(M0, c0);
    const high1 = multiplyHigh(M1, c2);
    const low1 = Math.imul(M1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  output[0] = c0;
  output[1] = c1;
  output[2] = c2;
  output[3] = c3;
  return output;
}

/** The purpose of each stream of a seed, so that no two purposes draw the same numbers. */
export const STREAMS = {
  parameters: 0,
  prefixes: 1,
  shuffle: 2,
  toyTree: 3,
  toySamples: 4,
  freshSamples: 5,
} as const;

/** The state of a {@linkcode Random}: plain data that JSON preserves bit for bit. */
export interface RandomState {
  /** The algorithm of the generator. */
  readonly generator: "philox4x32-10";
  /** The seed as two uint32, the low word first. */
  readonly key: readonly number[];
  /** Four uint32: the current block (low word first), then the stream (low word first). */
  readonly counter: readonly number[];
  /** The next word of the current block, 0 … 3. */
  readonly position: number;
  /** The second half of the last normal pair, or null. */
  readonly spare: number | null;
}

/**
 * A seeded random generator with a state that can be saved.
 *
 * Integers and {@linkcode Random.uniform} give the same bits on every engine. {@linkcode Random.normal} uses
 * `Math.log`, whose last bit depends on the engine.
 *
 * @example
 * ```ts
 * import { Random } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const random = Random.fromSeed(7);
 * random.normal();
 * const saved = JSON.stringify(random.state());
 * const next = random.normal();
 * assertEquals(Random.fromState(JSON.parse(saved)).normal(), next);
 * ```
 */
export class Random {
  readonly #key: Uint32Array;
  readonly #counter: Uint32Array;
  readonly #block: Uint32Array;
  #position: number;
  #spare: number | null;

  private constructor(
    key: ArrayLike<number>,
    counter: ArrayLike<number>,
    position: number,
    spare: number | null,
  ) {
    this.#key = Uint32Array.from(key);
    this.#counter = Uint32Array.from(counter);
    this.#block = philox4x32(this.#counter, this.#key);
    this.#position = position;
    this.#spare = spare;
  }

  /**
   * Makes a generator at the start of a stream of a seed. Streams of one seed never overlap.
   *
   * @param seed an integer, 0 … 2⁵³ − 1 as a number or 0 … 2⁶⁴ − 1 as a bigint; `5` and `5n` are the same
   * @param stream an integer, 0 … 2⁵³ − 1; 0 unless given
   * @throws {RangeError} if either is out of its range
   * @throws {TypeError} if either is not a number
   */
  static fromSeed(seed: number | bigint, stream: number = 0): Random {
    const [s0, s1] = words("seed", seed);
    const [t0, t1] = words("stream", stream);
    return new Random([s0, s1], [0, 0, t0, t1], 0, null);
  }

  /**
   * Makes a generator that continues, bit for bit, from {@linkcode Random.state}.
   *
   * @throws {TypeError} if it is not a state of this generator
   * @throws {RangeError} if a value in it is out of range
   */
  static fromState(state: RandomState): Random {
    checkState(state);
    return new Random(state.key, state.counter, state.position, state.spare);
  }

  /** Returns the state, for {@linkcode Random.fromState}. */
  state(): RandomState {
    return {
      generator: "philox4x32-10",
      key: [...this.#key],
      counter: [...this.#counter],
      position: this.#position,
      spare: this.#spare,
    };
  }

  /** Draws 32 random bits, 0 … 2³² − 1. */
  uint32(): number {
    const word = this.#block[this.#position++];
    if (this.#position === 4) {
      this.#position = 0;
      // The carry stops at 64 bits: the words above are the stream.
      this.#counter[0]++;
      if (this.#counter[0] === 0) this.#counter[1]++;
      philox4x32(this.#counter, this.#key, this.#block);
    }
    return word;
  }

  /** Draws a multiple of 2⁻⁵³ uniformly from [0, 1). */
  uniform(): number {
    return this.#bits53() / 2 ** 53;
  }

  /** Draws a standard normal number by Marsaglia's polar method, which makes two at a time. */
  normal(): number {
    if (this.#spare !== null) {
      const spare = this.#spare;
      this.#spare = null;
      return spare;
    }
    let v1, v2, s;
    do {
      v1 = 2 * this.uniform() - 1;
      v2 = 2 * this.uniform() - 1;
      s = v1 * v1 + v2 * v2;
    } while (s >= 1 || s === 0);
    const factor = Math.sqrt(-2 * Math.log(s) / s);
    this.#spare = v2 * factor;
    return v1 * factor;
  }

  /**
   * Draws an integer uniformly from 0 … n − 1, without bias: draws beyond the last multiple of n are rejected.
   *
   * @param n an integer, 1 … 2⁵³ − 1
   * @throws {RangeError} if n is not such an integer
   * @throws {TypeError} if n is not a number
   */
  integer(n: number): number {
    checkInteger(n, "n", "draw an integer");
    const range = n <= 2 ** 32 ? 2 ** 32 : 2 ** 53;
    const limit = range - range % n;
    let draw;
    do draw = n <= 2 ** 32 ? this.uint32() : this.#bits53(); while (draw >= limit);
    return draw % n;
  }

  #bits53(): number {
    const high = this.uint32() >>> 5;
    return high * 2 ** 26 + (this.uint32() >>> 6);
  }
}

function words(what: string, value: number | bigint): [number, number] {
  if (typeof value !== "bigint" && typeof value !== "number") {
    throw wrongKind(value, what, "a number or a bigint", "seed the generator");
  }
  const valid = typeof value === "bigint"
    ? value >= 0n && value < 1n << 64n
    : Number.isSafeInteger(value) && value >= 0;
  if (!valid) {
    const range = typeof value === "bigint" ? "0 … 2⁶⁴ − 1" : "0 … 2⁵³ − 1";
    throw new RangeError(
      `Cannot seed the generator: ${what} must be an integer in ${range} but is ${value}`,
    );
  }
  const bits = BigInt(value);
  return [Number(bits & 0xffffffffn), Number(bits >> 32n)];
}

function checkState(state: RandomState): void {
  const subject = "Cannot restore the generator";
  if (typeof state !== "object" || state === null) {
    throw new TypeError(`${subject}: the state must be an object but is ${shown(state)}`);
  }
  if (state.generator !== "philox4x32-10") {
    throw new TypeError(
      `${subject}: the state must be of "philox4x32-10" but is of ${shown(state.generator)}`,
    );
  }
  for (const [name, length] of [["key", 2], ["counter", 4]] as const) {
    const value = state[name];
    if (!Array.isArray(value) || value.length !== length || !value.every(isUint32)) {
      throw new RangeError(
        `${subject}: ${name} must be ${length} uint32 but is ` +
          (Array.isArray(value) ? JSON.stringify(value).slice(0, 80) : shown(value)),
      );
    }
  }
  if (!isUint32(state.position) || state.position > 3) {
    throw new RangeError(`${subject}: position must be in 0 … 3 but is ${shown(state.position)}`);
  }
  if (state.spare !== null && !Number.isFinite(state.spare)) {
    throw new RangeError(
      `${subject}: spare must be a finite number or null but is ${shown(state.spare)}`,
    );
  }
}

function isUint32(value: unknown): boolean {
  return typeof value === "number" && value >>> 0 === value;
}
