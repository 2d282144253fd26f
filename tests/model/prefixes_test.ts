import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  checkPrefixes,
  prefixesFromFractions,
  type PrefixSamplingOptions,
  samplePrefixes,
} from "../../src/model/prefixes.ts";
import { Random } from "../../src/base/random.ts";

const DRAWS = 40_000;

/** The single-draw law of docs/mathematics.md, straight from its distribution function: P(L = l), l = m … N − 1. */
function singleDrawLaw(N: number, m: number, alpha: number): Map<number, number> {
  const below = (l: number) => ((l - m + 1) / (N - m)) ** alpha;
  const law = new Map<number, number>();
  for (let l = m; l < N; l++) law.set(l, below(l) - below(l - 1));
  return law;
}

/** The law of the set of `count` successive draws without replacement, by every order of drawing. */
function setLaw(law: Map<number, number>, count: number): Map<string, number> {
  const sets = new Map<string, number>();
  const draw = (drawn: number[], probability: number, left: number) => {
    if (drawn.length === count) {
      const key = drawn.toSorted((a, b) => a - b).join();
      sets.set(key, (sets.get(key) ?? 0) + probability);
      return;
    }
    for (const [l, p] of law) {
      if (!drawn.includes(l)) draw([...drawn, l], probability * p / left, left - p);
    }
  };
  draw([], 1, 1);
  return sets;
}

/** Asserts that samples follow a law by Pearson's χ², with cells expecting fewer than 5 pooled. */
function assertFollows(law: Map<string, number>, sample: () => string): void {
  const counts = new Map<string, number>();
  for (let i = 0; i < DRAWS; i++) {
    const key = sample();
    assert(law.has(key), `{${key}} is outside the law`);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  let statistic = 0;
  let cells = 0;
  let pooledExpected = 0;
  let pooledCount = 0;
  const addCell = (expected: number, count: number) => {
    statistic += (count - expected) ** 2 / expected;
    cells++;
  };
  for (const [key, p] of law) {
    const expected = DRAWS * p;
    const count = counts.get(key) ?? 0;
    if (expected >= 5) addCell(expected, count);
    else {
      pooledExpected += expected;
      pooledCount += count;
    }
  }
  if (pooledExpected >= 1) addCell(pooledExpected, pooledCount);
  const threshold = chiSquareQuantile(cells - 1);
  assert(statistic < threshold, `χ² is ${statistic} over ${cells} cells, above ${threshold}`);
}

/**
 * The χ² quantile at p = 1e-4 by Wilson and Hilferty (1931): (χ²/k)^⅓ is nearly normal with mean 1 − 2/(9k) and
 * variance 2/(9k), and the normal quantile is 3.719. At k = 1 it is 16.2 against 15.1; from k = 4 within 2 %.
 */
function chiSquareQuantile(degrees: number): number {
  const variance = 2 / (9 * degrees);
  return degrees * (1 - variance + 3.719 * Math.sqrt(variance)) ** 3;
}

const laws: [title: string, options: Required<PrefixSamplingOptions>][] = [];
const add = (path: string, N: number, P: number, m: number, alpha: number) =>
  laws.push([path, { latentCount: N, prefixCount: P, minimum: m, exponent: alpha }]);
add("single draws", 9, 2, 1, 0.5);
add("single draws", 64, 2, 1, 0.5);
add("single draws", 40, 2, 8, 0.3);
add("single draws", 17, 2, 3, 1);
add("single draws", 12, 2, 2, 3);
add("sets by rejection", 9, 4, 1, 0.5);
add("sets by rejection", 11, 5, 3, 0.8);
add("sets by rejection", 8, 4, 1, 2);
add("sets by keys", 7, 5, 1, 0.5);
add("sets by keys", 9, 6, 2, 0.3);
add("sets by keys", 8, 5, 1, 2);
// 1/5 of the unit interval to 0.02 is 0.97: nearly every draw repeats the shortest, and the draws run out.
add("sets by rejection finished by keys", 6, 3, 1, 0.02);
add("sets by rejection finished by keys", 10, 5, 2, 0.05);

for (const [path, options] of laws) {
  const { latentCount: N, prefixCount: P, minimum: m, exponent: alpha } = options;
  Deno.test(`samplePrefixes() follows the exact law: ${path}, N = ${N}, P = ${P}, m = ${m}, α = ${alpha}`, () => {
    const random = Random.fromSeed(N * 1000 + P * 100 + m * 10, 1);
    const law = setLaw(singleDrawLaw(N, m, alpha), P - 1);
    assertFollows(law, () => samplePrefixes(options, () => random.uniform()).slice(0, -1).join());
  });
}

Deno.test("samplePrefixes() defaults to minimum 1 and exponent 0.5", () => {
  const once = (options: PrefixSamplingOptions) => {
    const random = Random.fromSeed(8);
    return Array.from({ length: 50 }, () => samplePrefixes(options, () => random.uniform()));
  };
  const options = { latentCount: 500, prefixCount: 4 };
  assertEquals(once(options), once({ ...options, minimum: 1, exponent: 0.5 }));
});

Deno.test("samplePrefixes() maps u = 1 − random() through m − 1 + ⌈(N − m) u^(1/α)⌉", () => {
  const first = (value: number, exponent: number) =>
    samplePrefixes({ latentCount: 21, prefixCount: 2, minimum: 5, exponent }, () => value)[0];
  assertEquals(first(0, 0.5), 20); // u = 1
  assertEquals(first(0.5, 0.5), 8); // 4 + 16/4: exactly on a step, which belongs to the lower length
  assertEquals(first(0.49, 0.5), 9);
  assertEquals(first(1 - 2 ** -53, 0.5), 5); // the smallest u
  assertEquals(first(1 - 2 ** -53, 0.01), 5); // u^100 rounds to 0
  assertEquals(first(0, 1e300), 20);
});

Deno.test("samplePrefixes() gives [N] for one prefix, without drawing", () => {
  const never = () => {
    throw new Error("drawn");
  };
  assertEquals(samplePrefixes({ latentCount: 7, prefixCount: 1 }, never), [7]);
  assertEquals(samplePrefixes({ latentCount: 1, prefixCount: 1 }, never), [1]);
  assertEquals(samplePrefixes({ latentCount: 7, prefixCount: 1, minimum: 7 }, never), [7]);
});

Deno.test("samplePrefixes() gives every length when P − 1 = N − m, in N − m draws", () => {
  for (const exponent of [0.01, 0.5, 1, 100]) {
    let draws = 0;
    const random = Random.fromSeed(9);
    const prefixes = samplePrefixes(
      { latentCount: 300, prefixCount: 291, minimum: 10, exponent },
      () => (draws++, random.uniform()),
    );
    assertEquals(prefixes, Array.from({ length: 291 }, (_, i) => 10 + i));
    assertEquals(draws, 290);
  }
  assertEquals(samplePrefixes({ latentCount: 2, prefixCount: 2 }, () => 0.3), [1, 2]);
});

Deno.test("samplePrefixes() draws a few times per prefix, however many latents there are", () => {
  const random = Random.fromSeed(10);
  let draws = 0;
  for (let i = 0; i < 100; i++) {
    const prefixes = samplePrefixes(
      { latentCount: 1_000_000, prefixCount: 11 },
      () => (draws++, random.uniform()),
    );
    checkPrefixes(prefixes, 1_000_000);
    assertEquals(prefixes.length, 11);
  }
  assert(draws < 1100, `${draws} draws for 1000 lengths`);
});

Deno.test("samplePrefixes() favours short prefixes: the median of a draw is near N/4", () => {
  const random = Random.fromSeed(12);
  const options = { latentCount: 4096, prefixCount: 2 };
  let below = 0;
  for (let i = 0; i < 10_000; i++) {
    if (samplePrefixes(options, () => random.uniform())[0] <= 1024) below++;
  }
  // P(L ≤ 1024) = (1024/4095)^½ = 0.50006; five deviations of a fair coin.
  assert(Math.abs(below / 10_000 - 0.50006) < 5 * 0.005, `${below} of 10000`);
});

Deno.test("samplePrefixes() refuses options out of range and gives both values", () => {
  const sample = (change: Record<string, unknown>) => () =>
    samplePrefixes({ latentCount: 12, prefixCount: 3, ...change }, () => 0.5);
  const cases: [Record<string, unknown>, typeof Error, string][] = [
    [
      { prefixCount: 13 },
      RangeError,
      "prefixCount 13 needs 12 distinct lengths below latentCount 12 but there are 11 from minimum 1",
    ],
    [
      { prefixCount: 4, minimum: 10 },
      RangeError,
      "prefixCount 4 needs 3 distinct lengths below latentCount 12 but there are 2 from minimum 10",
    ],
    [{ latentCount: 0 }, RangeError, "latentCount must be an integer of at least 1 but is 0"],
    [{ latentCount: 8.5 }, RangeError, "latentCount must be an integer of at least 1 but is 8.5"],
    [{ latentCount: "8" }, TypeError, 'latentCount must be a number but is "8" (string)'],
    [{ prefixCount: 0 }, RangeError, "prefixCount must be an integer of at least 1 but is 0"],
    [{ prefixCount: NaN }, RangeError, "prefixCount must be an integer of at least 1 but is NaN"],
    [{ minimum: 0 }, RangeError, "minimum must be an integer of at least 1 but is 0"],
    [{ minimum: 1.5 }, RangeError, "minimum must be an integer of at least 1 but is 1.5"],
    [{ minimum: 13 }, RangeError, "minimum must be at most latentCount 12 but is 13"],
    [{ exponent: 0 }, RangeError, "exponent must be positive but is 0"],
    [{ exponent: -1 }, RangeError, "exponent must be positive but is -1"],
    [{ exponent: Infinity }, RangeError, "exponent must be positive and finite but is Infinity"],
    [{ exponent: "1" }, TypeError, 'exponent must be a number but is "1" (string)'],
  ];
  for (const [change, kind, message] of cases) {
    assertThrows(sample(change), kind, `Cannot sample prefixes: ${message}`);
  }
});

Deno.test("samplePrefixes() refuses a random that is not uniform on [0, 1)", () => {
  const options = { latentCount: 12, prefixCount: 3 };
  for (const value of [1, -0.1, NaN]) {
    assertThrows(
      () => samplePrefixes(options, () => value),
      RangeError,
      `Cannot sample prefixes: what random gives must be at least 0 and below 1 but is ${value}`,
    );
  }
  assertThrows(
    () => samplePrefixes(options, 3 as unknown as () => number),
    TypeError,
    "Cannot sample prefixes: random must be a function but is 3 (number)",
  );
});

Deno.test("samplePrefixes() ends even when random() never changes", () => {
  const prefixes = samplePrefixes({ latentCount: 30, prefixCount: 5 }, () => 0.25);
  checkPrefixes(prefixes, 30);
  assertEquals(prefixes.length, 5);
});

Deno.test("prefixesFromFractions() rounds each fraction of the latents to the nearest length", () => {
  assertEquals(prefixesFromFractions([1 / 32, 1 / 16, 1 / 8, 1], 1024), [32, 64, 128, 1024]);
  assertEquals(prefixesFromFractions([0.24, 0.26, 1], 10), [2, 3, 10]);
  assertEquals(prefixesFromFractions([1], 5), [5]);
});

Deno.test("prefixesFromFractions() refuses fractions that make no prefixes", () => {
  const cases: [number[], string][] = [
    [[0, 1], "fraction 0 must be positive and at most 1 but is 0"],
    [[0.5, 1.5], "fraction 1 must be positive and at most 1 but is 1.5"],
    [[NaN], "fraction 0 must be positive and at most 1 but is NaN"],
    [[0.01, 1], "prefixes[0] must be an integer of at least 1 but is 0"],
    [[0.51, 0.52, 1], "prefixes must be strictly increasing but 5 is followed by 5"],
    [[0.5], "prefixes must end at latentCount 10 but end at 5"],
    [[], "prefixes must end at latentCount 10 but are []"],
  ];
  for (const [fractions, message] of cases) {
    assertThrows(
      () => prefixesFromFractions(fractions, 10),
      RangeError,
      `Cannot make prefixes from fractions: ${message}`,
    );
  }
  assertThrows(() => prefixesFromFractions([1], 0), RangeError, "latentCount must be an integer");
});

Deno.test("checkPrefixes() passes good prefixes and names what is wrong with others", () => {
  checkPrefixes([12], 12);
  checkPrefixes(Uint32Array.of(1, 2, 12), 12);
  const cases: [number[], string][] = [
    [[2, 10], "prefixes must end at latentCount 12 but end at 10"],
    [[2, 13], "prefixes must end at latentCount 12 but end at 13"],
    [[], "prefixes must end at latentCount 12 but are []"],
    [[5, 2, 12], "prefixes must be strictly increasing but 5 is followed by 2"],
    [[5, 5, 12], "prefixes must be strictly increasing but 5 is followed by 5"],
    [[12, 12], "prefixes must be strictly increasing but 12 is followed by 12"],
    [[2.5, 12], "prefixes[0] must be an integer of at least 1 but is 2.5"],
    [[0, 12], "prefixes[0] must be an integer of at least 1 but is 0"],
    [[3, NaN], "prefixes[1] must be an integer of at least 1 but is NaN"],
  ];
  for (const [prefixes, message] of cases) {
    assertThrows(
      () => checkPrefixes(prefixes, 12),
      RangeError,
      `Cannot compute the Matryoshka loss: ${message}`,
    );
  }
  assertThrows(() => checkPrefixes([1], 2, "train"), RangeError, "Cannot train: prefixes must end");
});
