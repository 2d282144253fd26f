/** What is found about each latent equals what brute force finds in dense activations. */
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import {
  createBackend,
  evaluate,
  type ExploredLatent,
  exploreLatents,
  initialParameters,
  type LatentExample,
  Random,
  SparseAutoencoder,
  ToyTree,
} from "../../mod.ts";
import { BruteForce } from "./brute_force.ts";

const ROWS = 1003, CONTEXT = 8, N = 24, D = 20;
const LEVELS = [6, 12, 24];

const random = Random.fromSeed(4);
const parameters = {
  ...initialParameters(D, N, random),
  encoderBias: Float32Array.from({ length: N }, (_, i) => i === 5 ? -100 : -0.1),
  decoderBias: Float32Array.from({ length: D }, () => 0.1 * random.normal()),
};
const { batch } = ToyTree.create({ seed: 3 }).sample(ROWS, Random.fromSeed(2));
// Every scale of activations, so that ranges have to grow.
for (let row = 0; row < ROWS; row++) {
  for (let k = 0; k < D; k++) batch[row * D + k] *= 0.2 + 8 * (row / ROWS) ** 3;
}
const tokens = Int32Array.from({ length: ROWS }, () => Math.floor(60 * random.uniform() ** 2));

/** Batches that do not end where sequences do. */
function* inBatches(): Generator<Float32Array> {
  for (let from = 0; from < ROWS; from += 101) yield batch.subarray(from * D, (from + 101) * D);
}

const backend = await createBackend("reference");
const sae = SparseAutoencoder.fromParameters(backend, parameters, { prefixes: LEVELS });
const found = await exploreLatents(sae, inBatches(), { tokens, context: CONTEXT });
const truth = new BruteForce(batch, await sae.encode(batch), parameters, CONTEXT);

const places = (examples: readonly LatentExample[]) =>
  examples.map(({ row, value }) => ({ row, value }));

/** Sums of some hundred float64 numbers, added in another order. */
const assertNear = (actual: number, expected: number, what: string) =>
  assertAlmostEquals(actual, expected, 1e-10 * (1 + Math.abs(expected)), what);

function assertExample({ row, value, from, values }: LatentExample, latent: number): void {
  assertEquals(values[row - from], value);
  assertEquals(values, values.map((_, n) => truth.value(from + n, latent)));
  const first = row - row % CONTEXT;
  assertEquals([from, values.length], [first, Math.min(CONTEXT, ROWS - first)]);
}

Deno.test("counts, means, maxima and levels are those of the dense activations", () => {
  assertEquals([found.rows, found.inputSize, found.latentCount], [ROWS, D, N]);
  assertEquals(found.latents.map(({ level }) => level).indexOf(2), 12);
  let active = 0;
  for (const { latent, count, mean, max } of found.latents) {
    const values = truth.active(latent).map(({ value }) => value);
    assertEquals([count, max], [values.length, Math.max(0, ...values)]);
    assertNear(mean, values.length && values.reduce((a, b) => a + b) / values.length, "mean");
    active += count;
  }
  assertNear(found.l0, active / ROWS, "L0");
  assertEquals(found.deadLatents, 1);
  assertEquals([found.latents[5].count, found.latents[5].levels], [0, []]);
});

Deno.test("top examples are the strongest of each sequence, with the activations around them", () => {
  for (const { latent, top } of found.latents) {
    assertEquals(places(top), truth.top(latent, 10));
    for (const example of top) assertExample(example, latent);
  }
});

Deno.test("of equal activations the earlier ones are the top examples", async () => {
  const one = { encoder: new Float32Array([1]), decoder: new Float32Array([1]) };
  const biases = { encoderBias: new Float32Array(1), decoderBias: new Float32Array(1) };
  const sizes = { inputSize: 1, latentCount: 1 };
  using same = SparseAutoencoder.fromParameters(backend, { ...sizes, ...one, ...biases });
  const { latents: [{ top }] } = await exploreLatents(same, [
    Float32Array.from({ length: 60 }, (_, row) => row % 2),
  ]);
  assertEquals(top.map(({ row }) => row), [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
});

Deno.test("a histogram counts every active row, and the intervals hold random examples of theirs", () => {
  for (
    const { latent, max, count, histogram: { from, width, counts }, quantiles } of found.latents
  ) {
    const active = truth.active(latent);
    assertEquals(counts.reduce((a, b) => a + b, 0), count);
    const inBin = (n: number) =>
      active.filter(({ value }) => value >= from + n * width && value < from + (n + 1) * width);
    assertEquals(counts, counts.map((_, n) => inBin(n).length));
    const intervals = [];
    // The range is the power of two above the maximum, in eight intervals.
    const top = max && 2 ** (Math.floor(Math.log2(max)) + 1);
    for (let n = 7; n >= 0; n--) {
      const examples = truth.samples(latent, n / 8 * top, (n + 1) / 8 * top, 2);
      if (examples.length > 0) intervals.push({ from: n / 8 * top / max, examples });
    }
    assertEquals(quantiles.map((q) => ({ from: q.from, examples: places(q.examples) })), intervals);
    if (count > 0) assertEquals(quantiles[0].to, 1);
    for (const { examples } of quantiles) for (const each of examples) assertExample(each, latent);
  }
});

Deno.test("tokens and latents that go with a latent are counted exactly", () => {
  assertEquals(found.undercount, { pairs: 0, tokens: 0 });
  for (const { latent, tokens: most, distinctive, coactive, count } of found.latents) {
    const active = truth.active(latent);
    const byToken = Array.from({ length: 60 }, (_, token) => {
      const places = active.filter(({ row }) => tokens[row] === token);
      const mass = places.reduce((sum, p) => sum + p.value, 0);
      const base = tokens.filter((each) => each === token).length / tokens.length;
      return { token, count: places.length, mass, base };
    }).filter(({ count }) => count > 0);
    const frequent = byToken.toSorted((a, b) => b.count - a.count).slice(0, 12);
    assertEquals(most.map((t) => [t.token, t.count]), frequent.map((t) => [t.token, t.count]));
    most.forEach((t, n) => assertNear(t.mass, frequent[n].mass, "mass"));
    most.forEach((t, n) => assertNear(t.lift, t.count / count / frequent[n].base, "lift"));
    most.forEach((t) => assertEquals(t.share, t.count / count));

    const whole = byToken.reduce((sum, { mass }) => sum + mass, 0);
    const terms = byToken.map(({ token, mass, base }) => ({
      token,
      term: mass / whole * Math.log(mass / whole / base),
    })).filter(({ term }) => term > 0).toSorted((a, b) => b.term - a.term).slice(0, 6);
    assertEquals(distinctive.map(({ token }) => token), terms.map(({ token }) => token));

    const others = [...Array(N).keys()].filter((other) => other !== latent).map((other) => {
      const together = active.filter(({ row }) => truth.value(row, other) > 0).length;
      return { latent: other, count: together, share: together / count };
    }).filter(({ count }) => count > 0).toSorted((a, b) => b.count - a.count).slice(0, 10);
    assertEquals(coactive, others);
  }
});

Deno.test("nearest directions are those of the largest positive cosines", () => {
  for (const { latent, nearest } of found.latents) {
    const all = [...Array(N).keys()].filter((other) => other !== latent)
      .map((other) => ({ latent: other, cosine: truth.cosine(latent, other) }))
      .filter(({ cosine }) => cosine > 0).toSorted((a, b) => b.cosine - a.cosine).slice(0, 10);
    assertEquals(nearest.map((n) => n.latent), all.map((n) => n.latent));
    // d products of numbers up to 1, and directions rounded to float32.
    nearest.forEach((n, i) => assertAlmostEquals(n.cosine, all[i].cosine, (D + 2) * 2 ** -24));
  }
});

Deno.test("each latent is under its best parent, and every figure of a pair is that of its definition", () => {
  for (const child of found.latents) {
    const passing = found.latents
      .filter((parent) => parent.level < child.level && parent.count > 0 && child.count > 0)
      .map(({ latent, level }) => ({ latent, ...truth.link(latent, child.latent, LEVELS[level]) }))
      .filter(({ similarity, gain }) => similarity >= 0.6 && gain > 0)
      .toSorted((a, b) => b.similarity - a.similarity);
    assertEquals(child.parent?.latent, passing[0]?.latent);
    if (!child.parent) continue;
    assertNear(child.parent.similarity, passing[0].similarity, "similarity");
    assertNear(child.parent.absorption, passing[0].absorption, "absorption");
    assertNear(child.parent.gain, passing[0].gain, "gain");
    const { latent, ...figures } = child.parent;
    const there = found.latents[latent].children.find((each) => each.latent === child.latent);
    assertEquals(there, { latent: child.latent, ...figures });
  }
  const children = found.latents.flatMap((each) => each.children);
  assertEquals(children.length, found.latents.filter((each) => each.parent).length);
  assert(children.length > 0);
});

Deno.test("the FVU of levels is that of evaluate, and of the rows where a latent is active", async () => {
  const { perPrefix } = await evaluate(
    backend,
    parameters,
    (async function* () {
      yield* inBatches();
    })(),
    { prefixes: LEVELS },
  );
  // The kernels of evaluate sum up to 20 + 24 products in float32.
  perPrefix.forEach(({ fvu }, j) => assertAlmostEquals(found.levels[j].fvu, fvu, 64 * 2 ** -24));
  for (const { latent, count, levels } of found.latents) {
    if (count === 0) continue;
    const rows = truth.active(latent);
    levels.forEach((fvu, j) => assertNear(fvu, truth.fvu(rows, LEVELS[j]), `latent ${latent}`));
  }
});

Deno.test("the result is plain data, and does not depend on the size of batches", async () => {
  assertEquals(JSON.parse(JSON.stringify(found)), found);
  const whole = await exploreLatents(sae, [batch], { tokens, context: CONTEXT });
  const without = (latents: readonly ExploredLatent[]) => latents.map((l) => ({ ...l, levels: 0 }));
  assertEquals(without(whole.latents), without(found.latents));
});

Deno.test("rows normalised by the encoder are explained in their own units", async () => {
  const options = { inputNormalization: { kind: "layerNorm", epsilon: 1e-5 } } as const;
  using normalised = SparseAutoencoder.fromParameters(backend, parameters, options);
  const { levels } = await exploreLatents(normalised, [batch], { levels: LEVELS });
  const { perPrefix } = await evaluate(
    backend,
    parameters,
    (async function* () {
      yield batch;
    })(),
    { prefixes: LEVELS, ...options },
  );
  // Scales and shifts in float32 make an error of a few roundings of rows whose norm is at most that of the error.
  perPrefix.forEach(({ fvu }, j) => assertAlmostEquals(levels[j].fvu, fvu, 64 * 2 ** -24 * fvu));
});

Deno.test("levels come from the prefixes, or from their number, and negative activations count as silent", async () => {
  const prefixesOf = async (prefixes?: number) => {
    using one = SparseAutoencoder.fromParameters(backend, parameters, {
      prefixes,
      activation: { kind: "identity" },
    });
    const { levels, latents } = await exploreLatents(one, [batch.subarray(0, 50 * D)]);
    const codes = await one.encode(batch.subarray(0, 50 * D));
    const positive = codes.values.filter((value) => value > 0).length;
    assertEquals(latents.reduce((sum, { count }) => sum + count, 0), positive);
    return levels.map(({ prefix }) => prefix);
  };
  assertEquals(await prefixesOf(), [24]);
  assertEquals(await prefixesOf(3), [6, 12, 24]);
  assertEquals(await prefixesOf(10), [1, 3, 6, 12, 24]);
});

Deno.test("bad arguments are refused with both values", async (t) => {
  const rows = [batch];
  const cases: [string, () => Promise<unknown>, string][] = [
    ["no rows", () => exploreLatents(sae, []), "at least 1 row is needed but there are 0"],
    ["a batch", () => exploreLatents(sae, batch as never), "rows must be an iterable of batches"],
    ["no SAE", () => exploreLatents({} as never, rows), "sae must be a SparseAutoencoder"],
    [
      "few tokens",
      () => exploreLatents(sae, rows, { tokens: tokens.subarray(1) }),
      "there are 1002 tokens but more rows",
    ],
    [
      "many tokens",
      () => exploreLatents(sae, rows, { tokens: new Int32Array(1004) }),
      "there are 1004 tokens but the rows are 1003",
    ],
    [
      "a negative token",
      () => exploreLatents(sae, rows, { tokens: new Int32Array(1003).fill(-2) }),
      "token 0 must be a whole number from 0 on but is -2",
    ],
    ["levels", () => exploreLatents(sae, rows, { levels: [6, 12] }), "must end at"],
    ["an option", () => exploreLatents(sae, rows, { level: 3 } as never), "level"],
    ["a threshold", () => exploreLatents(sae, rows, { threshold: 2 }), "threshold must be from 0"],
    ["equal rows", () => exploreLatents(sae, [new Float32Array(40)]), "variance"],
  ];
  for (const [name, explore, message] of cases) {
    await t.step(name, async () => {
      const error = await assertRejects(explore, Error);
      assert(error.message.startsWith("Cannot ") && error.message.includes(message), error.message);
    });
  }
});
