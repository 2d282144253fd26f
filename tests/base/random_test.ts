import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { philox4x32, Random, type RandomState } from "../../src/base/random.ts";

const ONES = 0xffffffff;

Deno.test("philox4x32() gives the known answers of Random123's kat_vectors", () => {
  // counter, key, answer: the philox4x32 10 lines of kat_vectors (zeros, ones, digits of pi)
  const vectors = [
    [[0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
    [[ONES, ONES, ONES, ONES], [ONES, ONES], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ];
  for (const [counter, key, answer] of vectors) {
    assertEquals([...philox4x32(counter, key)], answer);
  }
});

Deno.test("uint32() reads the blocks of seed and stream in order", () => {
  const random = Random.fromSeed(0x0000000500000003n, 2 ** 32 + 7);
  const words = Array.from({ length: 8 }, () => random.uint32());
  const key = [3, 5];
  assertEquals(words, [...philox4x32([0, 0, 7, 1], key), ...philox4x32([1, 0, 7, 1], key)]);
});

Deno.test("a number and a bigint of the same value are the same seed", () => {
  assertEquals(Random.fromSeed(5).state(), Random.fromSeed(5n).state());
  assertEquals(Random.fromSeed(2 ** 40 + 1).state(), Random.fromSeed(2n ** 40n + 1n).state());
});

Deno.test("the block counter carries into its high word but never into the stream", () => {
  const state = Random.fromSeed(1, 9).state();
  const random = Random.fromState({ ...state, counter: [ONES, 4, 9, 0], position: 3 });
  random.uint32();
  assertEquals(random.state().counter, [0, 5, 9, 0]);
  const last = Random.fromState({ ...state, counter: [ONES, ONES, 9, 0], position: 3 });
  last.uint32();
  assertEquals(last.state().counter, [0, 0, 9, 0]);
});

Deno.test("a saved state continues bit for bit after any number of draws", () => {
  for (let draws = 0; draws < 24; draws++) {
    const random = Random.fromSeed(11, draws);
    for (let i = 0; i < draws; i++) i % 3 === 0 ? random.normal() : random.uint32();
    const copy = Random.fromState(JSON.parse(JSON.stringify(random.state())));
    for (let i = 0; i < 9; i++) {
      assertEquals(copy.normal(), random.normal());
      assertEquals(copy.uint32(), random.uint32());
      assertEquals(copy.uniform(), random.uniform());
      assertEquals(copy.integer(1000), random.integer(1000));
    }
    assertEquals(copy.state(), random.state());
  }
});

Deno.test("the state keeps the spare normal", () => {
  const random = Random.fromSeed(3);
  random.normal();
  const { spare } = random.state();
  assert(spare !== null);
  assertEquals(random.normal(), spare);
  assertEquals(random.state().spare, null);
});

Deno.test("taking a state does not let the generator change it", () => {
  const random = Random.fromSeed(3);
  const state = random.state();
  const copy = structuredClone(state);
  for (let i = 0; i < 9; i++) random.normal();
  assertEquals(state, copy);
});

Deno.test("streams and seeds are uncorrelated with each other", () => {
  const n = 20_000;
  const draws = (seed: number, stream: number) => {
    const random = Random.fromSeed(seed, stream);
    return Float64Array.from({ length: n }, () => random.uniform() - 0.5);
  };
  const base = draws(1, 0);
  for (const other of [draws(1, 1), draws(1, 2 ** 32), draws(2, 0), draws(2 ** 32 + 1, 0)]) {
    assertNotEquals(base[0], other[0]);
    const correlation = base.reduce((sum, value, i) => sum + value * other[i], 0) * 12 / n;
    // Under independence its deviation is 1/√n; five of them is p < 1e-6.
    assert(Math.abs(correlation) < 5 / Math.sqrt(n), `correlation ${correlation}`);
  }
});

Deno.test("uniform() is a multiple of 2⁻⁵³ in [0, 1) with the moments of the uniform law", () => {
  const random = Random.fromSeed(4);
  const n = 50_000;
  let mean = 0;
  let square = 0;
  let lowBits = 0;
  for (let i = 0; i < n; i++) {
    const u = random.uniform();
    assert(u >= 0 && u < 1 && Number.isInteger(u * 2 ** 53));
    mean += u / n;
    square += u * u / n;
    lowBits += (u * 2 ** 53) % 2;
  }
  // Five deviations: Var u = 1/12, Var u² = 4/45, a fair bit has 1/4.
  assert(Math.abs(mean - 1 / 2) < 5 * Math.sqrt(1 / 12 / n), `mean ${mean}`);
  assert(Math.abs(square - 1 / 3) < 5 * Math.sqrt(4 / 45 / n), `second moment ${square}`);
  assert(Math.abs(lowBits / n - 1 / 2) < 5 * Math.sqrt(1 / 4 / n), `lowest bit ${lowBits / n}`);
});

Deno.test("normal() has the moments of the standard normal law and pairs are uncorrelated", () => {
  const random = Random.fromSeed(5);
  const n = 50_000;
  const draws = Float64Array.from({ length: n }, () => random.normal());
  const moment = (power: number) => draws.reduce((sum, z) => sum + z ** power, 0) / n;
  // Var z^k = E z^2k − (E z^k)²: 1, 2, 15, 96; five deviations each.
  for (const [power, mean, variance] of [[1, 0, 1], [2, 1, 2], [3, 0, 15], [4, 3, 96]]) {
    const value = moment(power);
    assert(Math.abs(value - mean) < 5 * Math.sqrt(variance / n), `moment ${power} is ${value}`);
  }
  let product = 0;
  for (let i = 0; i < n; i += 2) product += draws[i] * draws[i + 1];
  assert(Math.abs(product / (n / 2)) < 5 / Math.sqrt(n / 2), `pair product ${product}`);
});

Deno.test("integer() is unbiased where a plain remainder would not be", () => {
  // n = 3·2³⁰: a remainder of 32 bits would give the lowest third 1/2 of the draws.
  const random = Random.fromSeed(6);
  const draws = 20_000;
  let low = 0;
  for (let i = 0; i < draws; i++) {
    const value = random.integer(3 * 2 ** 30);
    assert(Number.isInteger(value) && value >= 0 && value < 3 * 2 ** 30);
    if (value < 2 ** 30) low++;
  }
  assert(Math.abs(low / draws - 1 / 3) < 5 * Math.sqrt(2 / 9 / draws), `share ${low / draws}`);
});

Deno.test("integer() covers n = 1, all of a small range, and n beyond 32 bits", () => {
  const random = Random.fromSeed(7);
  assertEquals(random.integer(1), 0);
  const seen = new Set(Array.from({ length: 400 }, () => random.integer(6)));
  assertEquals([...seen].sort(), [0, 1, 2, 3, 4, 5]);
  const large = Array.from({ length: 200 }, () => random.integer(3 * 2 ** 51));
  assert(large.every((value) => Number.isSafeInteger(value) && value < 3 * 2 ** 51));
  assert(large.some((value) => value > 2 ** 52) && large.some((value) => value % 2 === 1));
});

Deno.test("fromSeed() and integer() refuse values out of range and say which", () => {
  for (const seed of [-1, 1.5, NaN, 2 ** 53, -1n, 1n << 64n]) {
    assertThrows(() => Random.fromSeed(seed), RangeError, `but is ${seed}`);
    assertThrows(() => Random.fromSeed(seed), RangeError, "Cannot seed the generator: seed must");
  }
  assertThrows(
    () => Random.fromSeed(1, -2),
    RangeError,
    "stream must be an integer in 0 … 2⁵³ − 1",
  );
  for (const n of [0, -3, 2.5, NaN, 2 ** 53]) {
    assertThrows(() => Random.fromSeed(1).integer(n), RangeError, `at least 1 but is ${n}`);
  }
});

Deno.test("fromState() refuses what is not a state of this generator", () => {
  const state = Random.fromSeed(1).state();
  const from = (change: Record<string, unknown>) => () =>
    Random.fromState({ ...state, ...change } as unknown as RandomState);
  assertThrows(() => Random.fromState(null as unknown as RandomState), TypeError, "is null");
  assertThrows(from({ generator: "pcg" }), TypeError, 'must be of "philox4x32-10" but is of "pcg"');
  assertThrows(from({ key: [1] }), RangeError, "key must be 2 uint32 but is [1]");
  assertThrows(from({ key: [1, "2"] }), RangeError, 'key must be 2 uint32 but is [1,"2"]');
  assertThrows(from({ counter: [0, 0, 0, -1] }), RangeError, "counter must be 4 uint32");
  assertThrows(from({ counter: undefined }), RangeError, "counter must be 4 uint32");
  assertThrows(from({ position: 4 }), RangeError, "position must be in 0 … 3 but is 4");
  assertThrows(from({ spare: NaN }), RangeError, "spare must be a finite number or null");
  assertThrows(from({ spare: undefined }), RangeError, "spare must be a finite number or null");
});
