/**
 * Prefix lengths: drawn from the truncated Pareto law, made from fractions, and checked.
 *
 * @module
 */

import { checkArraySize } from "../base/array_size.ts";
import {
  checkArray,
  checkFunction,
  checkInteger,
  checkNumber,
  checkObject,
} from "../base/checks.ts";
import { checkKeys } from "../base/known_keys.ts";

/** Options of {@linkcode samplePrefixes}. */
export interface PrefixSamplingOptions {
  /** The number of latents N; always the last prefix. */
  readonly latentCount: number;
  /** The number of prefixes P, the full one included. */
  readonly prefixCount: number;
  /** The shortest length m that can be drawn; 1 unless given. */
  readonly minimum?: number;
  /** The exponent α > 0 of the law; 0.5 unless given. Smaller favours shorter prefixes. */
  readonly exponent?: number;
}

const SAMPLING_KEYS = /* @__PURE__ */ Object.keys(
  {
    latentCount: true,
    prefixCount: true,
    minimum: true,
    exponent: true,
  } satisfies Record<keyof PrefixSamplingOptions, true>,
);

const SAMPLING = "sample prefixes";
// After this many draws per length the law is too concentrated for rejection, and keys draw the rest.
const DRAWS_PER_LENGTH = 16;

/**
 * Draws prefix lengths: P − 1 distinct lengths in m … N − 1 without replacement, then N, ascending.
 *
 * One draw has P(L ≤ l) = ((l − m + 1)/(N − m))^α, a truncated Pareto law; a repeat is drawn again, which
 * gives successive weighted draws without replacement in O(P) expected time. Where repeats would
 * prevail, the rest comes from exponential keys (Efraimidis and Spirakis, 2006): the same law, in
 * O(N log N). How often `random` is called depends on the draws.
 *
 * @param options N, P, m and α
 * @param random a uniform generator on [0, 1), such as `() => generator.uniform()`
 * @returns P strictly increasing lengths, the last of them N
 * @throws {RangeError} if a value is out of range, or P − 1 > N − m
 * @throws {TypeError} if an option is unknown, a value is not a number, or `random` is not a function
 *
 * @example
 * ```ts
 * import { Random, samplePrefixes } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const generator = Random.fromSeed(1);
 * const prefixes = samplePrefixes({ latentCount: 4096, prefixCount: 10 }, () => generator.uniform());
 * assertEquals(prefixes.length, 10);
 * assertEquals(prefixes.at(-1), 4096);
 * ```
 */
export function samplePrefixes(options: PrefixSamplingOptions, random: () => number): number[] {
  checkObject(options, "options", SAMPLING);
  checkKeys(options, SAMPLING_KEYS, SAMPLING);
  const { latentCount: N, prefixCount: P, minimum: m = 1, exponent: alpha = 0.5 } = options;
  checkOptions(N, P, m, alpha);
  checkFunction(random, "random", SAMPLING);
  const M = N - m;
  const wanted = P - 1;
  const offsets = new Set<number>();
  if (wanted <= M / 2) {
    for (let draws = wanted * DRAWS_PER_LENGTH; draws > 0 && offsets.size < wanted; draws--) {
      // u^(1/α) can round to 0, which the law gives to the shortest length.
      offsets.add(Math.max(1, Math.ceil(M * uniform(random) ** (1 / alpha))));
    }
  }
  // Given the lengths drawn so far, both methods draw the rest by the same law.
  if (offsets.size < wanted) drawByKeys(offsets, wanted, M, alpha, random);
  return [...offsets].map((k) => m - 1 + k).sort((a, b) => a - b).concat(N);
}

/** Fills `offsets` up to `wanted` from 1 … M by exponential keys over the single-draw weights. */
function drawByKeys(
  offsets: Set<number>,
  wanted: number,
  M: number,
  alpha: number,
  random: () => number,
): void {
  const keys = new Float64Array(M + 1);
  const rest: number[] = [];
  for (let k = 1; k <= M; k++) {
    if (offsets.has(k)) continue;
    // log of (k/M)^α − ((k−1)/M)^α: no cancellation for large k, no underflow for large α.
    const logWeight = alpha * Math.log(k / M) +
      Math.log(-Math.expm1(alpha * Math.log1p(-1 / k)));
    keys[k] = Math.log(-Math.log(uniform(random))) - logWeight;
    rest.push(k);
  }
  rest.sort((a, b) => keys[a] - keys[b]);
  for (const k of rest.slice(0, wanted - offsets.size)) offsets.add(k);
}

/** Draws uniformly from (0, 1]. */
function uniform(random: () => number): number {
  return 1 - checkNumber(random(), "what random gives", SAMPLING, { least: 0, below: 1 });
}

function checkOptions(N: number, P: number, m: number, alpha: number): void {
  const subject = `Cannot ${SAMPLING}`;
  checkInteger(N, "latentCount", SAMPLING);
  checkArraySize({ latentCount: N }, SAMPLING);
  checkInteger(P, "prefixCount", SAMPLING);
  checkInteger(m, "minimum", SAMPLING);
  checkNumber(alpha, "exponent", SAMPLING, { above: 0 });
  if (m > N) {
    throw new RangeError(`${subject}: minimum must be at most latentCount ${N} but is ${m}`);
  }
  if (P - 1 > N - m) {
    throw new RangeError(
      `${subject}: prefixCount ${P} needs ${P - 1} distinct lengths below latentCount ${N} ` +
        `but there are ${N - m} from minimum ${m}`,
    );
  }
}

/**
 * Returns prefix lengths from the fraction of the latents that each prefix keeps, rounded to the nearest integer.
 *
 * The fractions are of the whole: block sizes of 1/4, 1/4, 1/2 are the fractions 0.25, 0.5, 1.
 *
 * @param fractions increasing, above 0, the last 1
 * @param latentCount the number of latents N
 * @returns one prefix length per fraction, the last of them N
 * @throws {RangeError} if a fraction is out of range or two prefixes come out the same
 * @throws {TypeError} if a fraction or the latent count is not a number
 *
 * @example
 * ```ts
 * import { prefixesFromFractions } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(prefixesFromFractions([1 / 16, 1 / 4, 1], 64), [4, 16, 64]);
 * ```
 */
export function prefixesFromFractions(
  fractions: ArrayLike<number>,
  latentCount: number,
): number[] {
  const what = "make prefixes from fractions";
  checkInteger(latentCount, "latentCount", what);
  checkArray(fractions, "fractions", what);
  const prefixes = Array.from(fractions, (fraction, j) => {
    checkNumber(fraction, `fraction ${j}`, what, { above: 0, most: 1 });
    return Math.round(fraction * latentCount);
  });
  checkPrefixes(prefixes, latentCount, what);
  return prefixes;
}

/**
 * Throws unless prefix lengths are strictly increasing integers from 1, the last of them N.
 *
 * @param prefixes the lengths
 * @param latentCount the number of latents N
 * @param what the task that could not be done, for the message
 * @throws {RangeError} if they are not
 * @throws {TypeError} if they are not an array of numbers
 *
 * @example
 * ```ts
 * import { checkPrefixes } from "@matryoshka/sae";
 * import { assertThrows } from "@std/assert";
 *
 * checkPrefixes([2, 5, 12], 12);
 * assertThrows(() => checkPrefixes([2, 5, 10], 12), RangeError, "must end at latentCount 12");
 * ```
 */
export function checkPrefixes(
  prefixes: ArrayLike<number>,
  latentCount: number,
  what: string = "compute the Matryoshka loss",
): void {
  const subject = `Cannot ${what}`;
  checkInteger(latentCount, "latentCount", what);
  checkArray(prefixes, "prefixes", what);
  if (prefixes.length === 0) {
    throw new RangeError(`${subject}: prefixes must end at latentCount ${latentCount} but are []`);
  }
  for (let j = 0; j < prefixes.length; j++) {
    const p = prefixes[j];
    checkInteger(p, `prefixes[${j}]`, what);
    if (j > 0 && p <= prefixes[j - 1]) {
      throw new RangeError(
        `${subject}: prefixes must be strictly increasing but ${
          prefixes[j - 1]
        } is followed by ${p}`,
      );
    }
  }
  const last = prefixes[prefixes.length - 1];
  if (last !== latentCount) {
    throw new RangeError(
      `${subject}: prefixes must end at latentCount ${latentCount} but end at ${last}`,
    );
  }
}
