/** The error of the integer products stays below the bound, and some pairs come as close to it as rounding permits. */

import { assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { INPUT_OFFSET } from "../../kernels/quantize_rows.ts";
import { Random } from "../../mod.ts";
import { portableBackends } from "../backends.ts";
import { trials } from "../matrix.ts";
import { encodeBoth, type Outcome } from "./encodes.ts";
import { aimedPair, finePair, hostilePair, returningPair, roundedPair } from "./pairs.ts";
import { norm, type Problem } from "./problem.ts";
import { aimedProblem, SCREENED } from "./problems.ts";
import { errorOfPair, latentSide, norms, rowSide, type Side } from "./sides.ts";

const RUNS = trials(400);
const SEED = Number(Deno.env.get("FUZZ_SEED") ?? 20261127);

const PAIRS = [aimedPair, finePair, roundedPair, returningPair, hostilePair];

/** The largest relative error of a rounding to float32. */
const ROUNDING = 2 ** -24;

/** Returns what a norm may be that float32 has made `stored`. */
function atMost(stored: number, d: number): number {
  return stored * (1 + (d + 8) * ROUNDING) + Math.sqrt(d) * 2 ** -75;
}

/** Asserts that a row's bounds hide no more than the page says. */
function assertRowBounds(row: Side, d: number): void {
  const [size, firstError, decoded, allError] = row.bounds;
  // A sum of squares has overflowed: such a row excludes nothing.
  if (!Number.isFinite(size)) return;
  const first = norms(row, row.first), all = norms(row, row.all);
  assertLessOrEqual(norm(row.numbers), atMost(size, d));
  assertLessOrEqual(first.decoded, atMost(decoded, d));
  assertLessOrEqual(first.error, atMost(firstError, d) + 2 * ROUNDING * first.decoded);
  assertLessOrEqual(all.error, atMost(allError, d) + 4 * ROUNDING * first.decoded);
}

/** Asserts that a latent's bounds hide no more than the page says. */
function assertLatentBounds(latent: Side, d: number): void {
  const [size, error, sum] = latent.bounds;
  if (!Number.isFinite(size)) return;
  const exact = norms(latent, latent.first);
  assertLessOrEqual(norm(latent.numbers), atMost(size, d));
  assertLessOrEqual(exact.error, atMost(error, d) + 2 * ROUNDING * exact.decoded);
  assertEquals(sum, INPUT_OFFSET * latent.first.reduce((a, b) => a + b, 0));
}

/** Asserts that no error is above its bound, up to what float64 rounds in these sums. */
function assertErrors(problem: Problem, outcome: Outcome): void {
  const { B, N, d } = problem;
  for (let b = 0; b < B; b++) {
    const row = rowSide(problem, outcome, b);
    assertRowBounds(row, d);
    for (let i = 0; i < N; i++) {
      const latent = latentSide(problem, outcome, i);
      assertLatentBounds(latent, d);
      const sums = norm(row.numbers) * norm(latent.numbers);
      // Nothing is excluded where a number is NaN.
      if (!Number.isFinite(sums)) continue;
      for (const digits of ["first", "all"] as const) {
        const { error, bound } = errorOfPair(row, latent, digits);
        assertLessOrEqual(error, bound + 4 * d * 2 ** -53 * (sums + bound));
      }
    }
  }
}

for (const { name, create } of portableBackends.filter(({ screens }) => screens)) {
  Deno.test(`${name}: the error of an integer product stays below its bound`, async () => {
    using backend = await create();
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.nat(),
          selection: fc.constantFrom(...SCREENED),
          B: fc.constantFrom(1, 3),
          d: fc.constantFrom(1, 2, 5, 16, 33, 130, 515),
          N: fc.constantFrom(1, 4, 9),
          pair: fc.constantFrom(...PAIRS),
          exponent: fc.constantFrom(0, -40, 30),
        }),
        async ({ seed, ...plan }) => {
          const problem = aimedProblem(Random.fromSeed(seed), { ...plan, aimed: plan.N });
          assertErrors(problem, await encodeBoth(backend, problem));
        },
      ),
      { numRuns: RUNS, seed: SEED },
    );
  });
}

const SHARP = [["first", aimedPair, 0.999], ["all", finePair, 0.99]] as const;

for (const [digits, pair, share] of SHARP) {
  Deno.test(`some pairs reach more than ${share} of the bound with ${digits} of the digits`, async () => {
    using backend = await portableBackends[0].create();
    for (const d of [16, 64, 512]) {
      const { x, E } = pair(Random.fromSeed(d), d);
      const problem: Problem = {
        ...{ B: 1, d, N: 1, selection: "relu", k: 1, input: x, encoder: E },
        encoderBias: new Float32Array(1),
        threshold: new Float32Array(1),
      };
      const outcome = await encodeBoth(backend, problem);
      const row = rowSide(problem, outcome, 0), latent = latentSide(problem, outcome, 0);
      const { error, bound } = errorOfPair(row, latent, digits);
      assertLess(share, error / bound);
    }
  });
}
