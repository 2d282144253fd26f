/** The error of the integer products stays below the bound, and some pairs come as close to it as rounding permits. */

import { assert, assertLess, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { INPUT_OFFSET } from "../../kernels/quantize_rows.ts";
import { Random } from "../../mod.ts";
import { portableBackends } from "../backends.ts";
import { trials } from "../matrix.ts";
import { encodeBoth, type Outcome } from "./encodes.ts";
import { aimedPair, hostilePair, returningPair, roundedPair } from "./pairs.ts";
import { dot, norm, type Problem } from "./problem.ts";
import { aimedProblem, SCREENED } from "./problems.ts";

const RUNS = trials(400);
const SEED = Number(Deno.env.get("FUZZ_SEED") ?? 20261127);

/** The largest relative error of a rounding to float32. */
const ROUNDING = 2 ** -24;

/** Returns the signed bytes of a row of words, less an offset. */
function integersOf(words: Uint32Array, row: number, d: number, offset: number): Int32Array {
  const W = Math.ceil(d / 4);
  return Int32Array.from(
    { length: d },
    (_, k) => (words[row * W + (k >> 2)] << (24 - 8 * (k & 3)) >> 24) - offset,
  );
}

/** A row or a latent: its numbers, its integers and their scale, and the bounds that are stored. */
interface Side {
  readonly numbers: Float32Array;
  readonly integers: Int32Array;
  readonly scale: number;
  readonly norm: number;
  readonly errorNorm: number;
  readonly last: number;
}

function sideOf(
  all: Float32Array,
  { words, bounds }: Outcome["rows"],
  n: number,
  offset: number,
): Side {
  const d = all.length / (bounds.length / 4);
  const [scale, norm, errorNorm, last] = bounds.subarray(4 * n, 4 * n + 4);
  const numbers = all.subarray(n * d, (n + 1) * d);
  return { numbers, integers: integersOf(words, n, d, offset), scale, norm, errorNorm, last };
}

/** Returns the true norms of a side, in float64: of its numbers, of what they are quantised to, and of the error. */
function trueNorms({ numbers, integers, scale }: Side) {
  const decoded = Float64Array.from(integers, (integer) => scale * integer);
  return {
    decoded: norm(decoded),
    error: norm(decoded.map((value, k) => numbers[k] - value)),
    norm: norm(numbers),
  };
}

/** Returns the error of a pair, and the bound of docs/mathematics.md for it, both in float64. */
function errorOfPair(row: Side, latent: Side): { error: number; bound: number } {
  const x = trueNorms(row), E = trueNorms(latent);
  const product = row.scale * latent.scale * dot(row.integers, latent.integers);
  return {
    error: Math.abs(dot(row.numbers, latent.numbers) - product),
    bound: x.error * E.norm + x.decoded * E.error,
  };
}

/** Asserts that stored norms hide no more than the page says: what is true is at most the stored, widened. */
function assertNorms(side: Side, d: number, isRow: boolean): void {
  const { norm, error, decoded } = trueNorms(side);
  if (!Number.isFinite(side.norm)) return;
  const atMost = (stored: number) => stored * (1 + (d + 8) * ROUNDING) + Math.sqrt(d) * 2 ** -75;
  assertLessOrEqual(norm, atMost(side.norm));
  assertLessOrEqual(error, atMost(side.errorNorm) + 2 * ROUNDING * decoded);
  if (isRow) assertLessOrEqual(decoded, atMost(side.last));
  else assert(side.last === INPUT_OFFSET * side.integers.reduce((a, b) => a + b, 0));
}

/** Calls a function for each pair of a row and a latent that are both finite. */
function forEachPair(
  { B, N, d, input, encoder }: Problem,
  { rows, latents }: Outcome,
  check: (row: Side, latent: Side) => void,
): void {
  for (let b = 0; b < B; b++) {
    const row = sideOf(input, rows, b, INPUT_OFFSET);
    assertNorms(row, d, true);
    for (let i = 0; i < N; i++) {
      const latent = sideOf(encoder, latents, i, 0);
      assertNorms(latent, d, false);
      check(row, latent);
    }
  }
}

for (const { name, create } of portableBackends.filter(({ screens }) => screens)) {
  Deno.test(`${name}: the error of an integer product stays below its bound`, async () => {
    using backend = await create();
    const pairs = { aimedPair, roundedPair, returningPair, hostilePair };
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.nat(),
          selection: fc.constantFrom(...SCREENED),
          B: fc.constantFrom(1, 3),
          d: fc.constantFrom(1, 2, 5, 16, 33, 130, 515),
          N: fc.constantFrom(1, 4, 9),
          pair: fc.constantFrom(...Object.values(pairs)),
          exponent: fc.constantFrom(0, -40, 30),
        }),
        async ({ seed, ...plan }) => {
          const problem = aimedProblem(Random.fromSeed(seed), { ...plan, aimed: plan.N });
          forEachPair(problem, await encodeBoth(backend, problem), (row, latent) => {
            const { error, bound } = errorOfPair(row, latent);
            // What float64 itself rounds in these sums.
            const sums = norm(row.numbers) * norm(latent.numbers);
            assertLessOrEqual(error, bound + 4 * plan.d * 2 ** -53 * (sums + bound));
          });
        },
      ),
      { numRuns: RUNS, seed: SEED },
    );
  });
}

Deno.test("some pairs reach more than 0.999 of the bound", async () => {
  using backend = await portableBackends[0].create();
  for (const d of [16, 64, 512]) {
    const random = Random.fromSeed(d);
    const { x, E } = aimedPair(random, d);
    const problem: Problem = {
      ...{ B: 1, d, N: 1, selection: "relu", k: 1, input: x, encoder: E },
      encoderBias: new Float32Array(1),
      threshold: new Float32Array(1),
    };
    forEachPair(problem, await encodeBoth(backend, problem), (row, latent) => {
      const { error, bound } = errorOfPair(row, latent);
      assertLess(0.999, error / bound);
    });
  }
});
