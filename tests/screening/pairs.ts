/**
 * Pairs of a row and a latent that come as close to the bound of the screen as they can.
 *
 * @module
 */
import { INPUT_LEVELS, WEIGHT_LEVELS } from "../../kernels/quantize_rows.ts";
import type { Random } from "../../src/base/random.ts";
import type { Pair } from "./problem.ts";

/** Just below a half, so that rounding to float32 does not move a quotient to the next integer. */
const HALF = 0.4999;

function integerUpTo(random: Random, most: number): number {
  return random.integer(2 * most + 1) - most;
}

/** Returns a scale near 2^exponent with at most `bits` significant bits. */
function scaleOf(random: Random, exponent: number, bits: number): number {
  return (2 ** (bits - 1) + random.integer(2 ** (bits - 1))) * 2 ** (exponent + 1 - bits);
}

/**
 * Returns a pair whose quantisation loses as much as Cauchy–Schwarz permits: E − Ê is parallel to x̂, and x − x̂ to E,
 * or with `digits` 2 what the second digit leaves of it. The signs keep Σ_k q_k r_k near 0, where float32 rounds least.
 */
function alignedPair(random: Random, d: number, exponent: number, digits: 1 | 2): Pair {
  const s0 = scaleOf(random, exponent, 24), t0 = scaleOf(random, -exponent, 24);
  // Element 0 fixes the scale of x, and element 1 that of E; the errors must not move them.
  const x = new Float32Array(d), E = new Float32Array(d);
  x[0] = INPUT_LEVELS * s0;
  E[1 % d] = WEIGHT_LEVELS * t0;
  const s = Math.fround(x[0] / INPUT_LEVELS), t = Math.fround(E[1 % d] / WEIGHT_LEVELS);
  let sum = 0;
  for (let k = 0; k < d; k++) {
    const q = k === 0 ? INPUT_LEVELS : k === 1 ? 0 : integerUpTo(random, INPUT_LEVELS - 1);
    let r = k === 0 ? 0 : k === 1 ? WEIGHT_LEVELS : integerUpTo(random, WEIGHT_LEVELS - 1);
    if (k > 1 && q * r * sum > 0) r = -r;
    sum += q * r;
    if (k !== 1 % d) E[k] = t * (r + HALF * q / INPUT_LEVELS);
    const error = HALF * E[k] / (WEIGHT_LEVELS * t);
    if (k === 0) continue;
    x[k] = s * (q + (digits === 1 ? error : (integerUpTo(random, INPUT_LEVELS - 1) + error) / 128));
  }
  return { x, E };
}

/** Returns a pair that comes as close to the first bound as it can. */
export function aimedPair(random: Random, d: number, exponent = 0): Pair {
  return alignedPair(random, d, exponent, 1);
}

/** Returns a pair that comes as close to the bound with two digits as it can. */
export function finePair(random: Random, d: number, exponent = 0): Pair {
  return alignedPair(random, d, exponent, 2);
}

/** How a float32 sum takes up a product. */
const STEPS: readonly ((sum: number, product: number) => number)[] = [
  (sum, product) => Math.fround(sum + product),
  (sum, product) => Math.fround(sum + Math.fround(product)),
];

/**
 * Returns a pair that quantisation does not change, so that only rounding can let the screen err. The first product
 * is the largest by far. Of the other elements those are taken that round the running sum upwards.
 */
export function roundedPair(random: Random, d: number, exponent = 0): Pair {
  // 17 bits times an integer of 7 bits: exact in float32.
  const s = scaleOf(random, exponent, 17), t = scaleOf(random, -exponent, 17);
  const step = STEPS[random.integer(STEPS.length)];
  const x = new Float32Array(d), E = new Float32Array(d);
  x[0] = INPUT_LEVELS * s;
  E[0] = WEIGHT_LEVELS * t;
  let sum = step(0, x[0] * E[0]);
  for (let k = 1; k < d; k++) {
    let most = -Infinity;
    for (let trial = 0; trial < 12; trial++) {
      const q = s * integerUpTo(random, 3), r = t * integerUpTo(random, 5);
      const gain = step(sum, q * r) - (sum + q * r);
      if (gain <= most) continue;
      most = gain;
      x[k] = q;
      E[k] = r;
    }
    sum = step(sum, x[k] * E[k]);
  }
  return { x, E };
}

/**
 * Returns a pair that quantisation does not change and whose partial sums rise high before they return to about 0.
 * There the screen's own numbers are small, and so is what they round.
 */
export function returningPair(random: Random, d: number, exponent = 0): Pair {
  const s = scaleOf(random, exponent, 17), t = scaleOf(random, -exponent, 17);
  const q = Array.from({ length: d }, () => integerUpTo(random, INPUT_LEVELS));
  const r = Array.from({ length: d }, () => integerUpTo(random, WEIGHT_LEVELS));
  q[random.integer(d)] = INPUT_LEVELS;
  r[random.integer(d)] = WEIGHT_LEVELS;
  let sum = 0;
  for (let k = 0; k < d; k++) {
    const rising = 2 * k < d;
    if (q[k] * r[k] < 0 === (rising || sum < 0)) r[k] = -r[k];
    sum += q[k] * r[k];
  }
  return { x: Float32Array.from(q, (v) => v * s), E: Float32Array.from(r, (v) => v * t) };
}

/** The ways to fill a row with hostile numbers. */
const FILLS: readonly ((random: Random, d: number) => (k: number) => number)[] = [
  // One spike among small numbers, which all become 0.
  (random, d) => {
    const spike = random.integer(d), size = 2 ** random.integer(30);
    return (k) => k === spike ? size : random.normal();
  },
  // Equal numbers of alternating sign.
  (random) => {
    const size = random.normal();
    return (k) => k % 2 === 0 ? size : -size;
  },
  // A huge dynamic range, small squares among them.
  (random) => () => random.normal() * 2 ** (random.integer(120) - 90),
  // Subnormal numbers.
  (random) => () => random.normal() * 2 ** -140,
  // Numbers whose squares leave float32's range at either end.
  (random) => {
    const size = 2 **
      (random.integer(2) === 0 ? 55 + random.integer(12) : -70 - random.integer(12));
    return () => random.normal() * size;
  },
  // Quotients halfway between two integers.
  (random) => (k) => k === 0 ? INPUT_LEVELS : integerUpTo(random, INPUT_LEVELS - 1) + 0.5,
  (random) => () => random.integer(3) === 0 ? random.normal() : 0,
  () => () => 0,
  // NaN and infinities, which make every latent of the row, or every row of the latent, a candidate.
  (random, d) => {
    const at = random.integer(d), value = [NaN, Infinity, -Infinity][random.integer(3)];
    return (k) => k === at ? value : random.normal();
  },
  (random) => () => random.normal(),
];

/** Returns a row of hostile numbers. */
export function hostileRow(random: Random, d: number): Float32Array {
  const value = FILLS[random.integer(FILLS.length)](random, d);
  return Float32Array.from({ length: d }, (_, k) => value(k));
}

/** Returns a pair of hostile rows. */
export function hostilePair(random: Random, d: number): Pair {
  return { x: hostileRow(random, d), E: hostileRow(random, d) };
}
