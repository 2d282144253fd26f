/**
 * Makes valid random inputs.
 *
 * @module
 */
import type { PenaltyConstants } from "../../kernels/penalty.ts";
import { UNWRITTEN } from "./launch.ts";
import type { Random } from "../../src/base/random.ts";

/**
 * Penalties of every kind. They are seven, a number that has no factor with the other choices that launches make in turn: two
 * signs, three amounts of room, five patterns.
 */
export const PENALTIES: readonly PenaltyConstants[] = [
  { penalty: "log", epsilon: 0.1, subtractLogEpsilon: false },
  { penalty: "log", epsilon: 0.1, subtractLogEpsilon: true },
  { penalty: "l1", epsilon: 0.1, subtractLogEpsilon: false },
  { penalty: "none", epsilon: 0.1, subtractLogEpsilon: true },
  // Most activations are in the bend of tanh(κ a), some where it is nearly κ a or 1.
  { penalty: "tanh", epsilon: 0.3, subtractLogEpsilon: false },
  { penalty: "l0", epsilon: 0.1, subtractLogEpsilon: false },
  { penalty: "log", epsilon: 0.1, subtractLogEpsilon: true, unweighted: true },
];

function fill<T>(count: number, value: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => value(n));
}

/** Returns normally distributed numbers around a mean. */
export function normal(random: Random, count: number, mean = 0): number[] {
  return fill(count, () => mean + random.normal());
}

/** Returns numbers between 0 and 1, never 0. */
export function positive(random: Random, count: number): number[] {
  return fill(count, () => 1 - random.uniform());
}

/**
 * Returns multiples of `step` between −levels·step and levels·step. With 32 levels of 2⁻⁵, a sum of 128
 * products takes 19 bits, so it is exact in float32 in any order, and so are choices that depend on it.
 */
export function grid(random: Random, count: number, levels = 32, step = 2 ** -5): number[] {
  return fill(count, () => (random.integer(2 * levels + 1) - levels) * step);
}

/** Returns NaNs, for an operand that must not be read. */
export function hostile(count: number): number[] {
  return Array(count).fill(NaN);
}

/** Returns P distinct prefix lengths in ascending order, the last one N. */
export function prefixBounds(random: Random, { N, P }: Record<"N" | "P", number>): number[] {
  const lengths = fill(N - 1, (n) => n + 1);
  for (let n = 0; n < P - 1; n++) {
    const other = n + random.integer(lengths.length - n);
    [lengths[n], lengths[other]] = [lengths[other], lengths[n]];
  }
  return [...lengths.slice(0, P - 1).sort((a, b) => a - b), N];
}

/** Returns decoder rows, one in six of them zero, and their norms. */
export function decoderAndNorms(
  random: Random,
  { N, d }: Record<"N" | "d", number>,
): { decoder: number[]; norms: number[] } {
  const decoder: number[] = [];
  const norms: number[] = [];
  for (let i = 0; i < N; i++) {
    const row = random.integer(6) === 0 ? Array(d).fill(0) : normal(random, d);
    decoder.push(...row.map(Math.fround));
    norms.push(Math.hypot(...row.map(Math.fround)));
  }
  return { decoder, norms };
}

/** Which activations are not 0. */
export type Pattern = "mixed" | "full" | "silent";

/** Returns the pattern of launch n. There are five, so that over the launches each meets all kinds of penalties. */
export function patternOf(n: number): Pattern {
  return (["mixed", "full", "mixed", "silent", "mixed"] as const)[n % 5];
}

/**
 * Returns activations [B, N]. "mixed" has empty rows, full rows, and latents that are silent in all rows.
 * With `signed` some are negative, as after the identity activation.
 */
export function activations(
  random: Random,
  { B, N }: Record<"B" | "N", number>,
  pattern: Pattern = "mixed",
  signed = false,
): number[] {
  const rowDensity = fill(B, () => [0, 1, 0.3, 0.3, 0.1][random.integer(5)]);
  const latentAlive = fill(N, () => random.integer(5) === 0 ? 0 : 1);
  return fill(B * N, (n) => {
    const density = rowDensity[Math.floor(n / N)] * latentAlive[n % N];
    if (pattern === "silent" || (pattern === "mixed" && random.uniform() >= density)) return 0;
    const f = 0.01 + Math.abs(random.normal());
    return signed && random.uniform() < 0.5 ? -f : f;
  });
}

/** Sparse codes: offsets, positions and values of K entries. Those past the last offset are unspecified. */
export interface Codes {
  readonly K: number;
  readonly offsets: number[];
  readonly positions: number[];
  readonly values: number[];
}

/** Whether a value of latent i has a code. */
type Kept = (value: number, i: number) => boolean;

const isActive: Kept = (value) => value !== 0;

/** Returns the test of a window that begins at `start`, whose codes may be 0. */
export function above(start: readonly number[]): Kept {
  return (value, i) => value > start[i];
}

function codes(lists: [position: number, value: number][][], spare: number): Codes {
  const offsets = [0];
  for (const { length } of lists) offsets.push(offsets[offsets.length - 1] + length);
  const positions = lists.flat().map(([position]) => position);
  const values = lists.flat().map(([_, value]) => value);
  // A tensor cannot be empty.
  for (let n = values.length === 0 ? Math.max(spare, 1) : spare; n > 0; n--) {
    positions.push(UNWRITTEN.u32);
    values.push(NaN);
  }
  return { K: values.length, offsets, positions, values };
}

/** Returns the codes of dense activations by row, with `spare` unspecified entries at the end. */
export function codesByRow(
  dense: number[],
  { B, N }: Record<"B" | "N", number>,
  spare: number,
  isKept: Kept = isActive,
): Codes {
  const rows = fill(B, (b) => fill(N, (i): [number, number] => [i, dense[b * N + i]]));
  return codes(rows.map((row) => row.filter(([i, value]) => isKept(value, i))), spare);
}

/** Returns the codes of dense activations by latent, with `spare` unspecified entries at the end. */
export function codesByLatent(
  dense: number[],
  { B, N }: Record<"B" | "N", number>,
  spare: number,
  isKept: Kept = isActive,
): Codes {
  const latents = fill(N, (i) => fill(B, (b): [number, number] => [b, dense[b * N + i]]));
  return codes(
    latents.map((latent, i) => latent.filter(([_, value]) => isKept(value, i))),
    spare,
  );
}

/** Returns codes by row as dense activations. */
export function denseFromRows(
  rowOffsets: Uint32Array,
  indices: Uint32Array,
  values: Float64Array,
  N: number,
): Float64Array {
  const B = rowOffsets.length - 1;
  const dense = new Float64Array(B * N);
  for (let b = 0; b < B; b++) {
    for (let e = rowOffsets[b]; e < rowOffsets[b + 1]; e++) dense[b * N + indices[e]] = values[e];
  }
  return dense;
}
