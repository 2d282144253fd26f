import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  authorCode,
  checkTrainerOptions,
  createBackend,
  presetNames,
  presetOptions,
  presets,
  Random,
  ToyTree,
  Trainer,
} from "../../mod.ts";

const SIZES = { inputSize: 20, latentCount: 64, steps: 400, rows: 32, targetL0: 4 };

for (const { name, source, title } of presets) {
  for (const asPublished of [false, true]) {
    Deno.test(`preset ${name}${asPublished ? " as published" : ""} makes options that train`, async () => {
      assert(title !== "" && source.repository.includes("/") && source.file !== "");
      const options = presetOptions(name, SIZES, { asPublished });
      checkTrainerOptions(options);
      using backend = await createBackend("reference");
      using trainer = await Trainer.create(backend, options);
      const tree = ToyTree.create({ seed: 1 });
      const random = Random.fromSeed(2);
      for (let s = 0; s < 3; s++) await trainer.step(tree.sample(32, random).batch);
      assert(Number.isFinite((await trainer.metrics()).loss));
    });
  }
}

for (const activation of ["relu", "identity", "topk", "batchtopk", "jumprelu"] as const) {
  Deno.test(`every preset can have ${activation} in place of its own activation`, () => {
    for (const name of presetNames) {
      const options = presetOptions(name, SIZES, { activation });
      assertEquals(options.activation?.kind ?? "relu", activation, name);
      if (activation !== "identity" || options.auxiliary === undefined) {
        checkTrainerOptions(options);
      }
    }
  });
}

Deno.test("presets are plain data, each under a name of its own", () => {
  assertEquals(new Set(presetNames).size, presets.length);
  assertEquals(presetNames, presets.map(({ name }) => name));
  // JSON has no Infinity.
  const plain = JSON.stringify(presets, (_, value) => value === Infinity ? "Infinity" : value);
  const back = JSON.parse(plain, (_, value) => value === "Infinity" ? Infinity : value);
  assertEquals(back, presets);
});

Deno.test("rules follow from sizes: learning rate, κ, warm-ups and dead rows", () => {
  const long = { inputSize: 33, latentCount: 1024, steps: 100_000, rows: 4096, k: 20 };
  const options = presetOptions("dictionaryMatryoshkaBatchTopK", long);
  assertEquals(options.learningRate, 2e-4 * 4);
  assertEquals(options.auxiliary, { weight: 1 / 32, latents: 16 });
  assertEquals([options.warmupSteps, options.deadAfterRows], [1000, 10_000_000]);
  assertEquals(options.prefixes, [64, 128, 256, 512, 1024]);
  const short = presetOptions("dictionaryMatryoshkaBatchTopK", { ...long, steps: 1000 });
  assertEquals([short.warmupSteps, short.deadAfterRows], [200, 819_200]);
  const published = presetOptions("dictionaryMatryoshkaBatchTopK", { ...long, steps: 1000 }, {
    asPublished: true,
  });
  assertEquals([published.warmupSteps, published.deadAfterRows], [1000, 10_000_000]);
  assertEquals(published.prefixWeights, [0.2, 0.2, 0.2, 0.2, 0.2]);
  assertEquals(published.inferenceThreshold, { rate: 0.001, after: 1001, start: "first" });
  assertEquals(presetOptions("sparsifyTopK", long).decaySteps, 99_000);
});

Deno.test("without rows, what is counted in rows is the published number", () => {
  const { rows: _, ...sizes } = SIZES;
  assertEquals(presetOptions("openaiTopK", sizes).deadAfterRows, 10_000_000);
});

Deno.test("no preset has a known deviation unless it is asked for", () => {
  for (const name of presetNames) {
    assertEquals(presetOptions(name, SIZES).compatibility, undefined, name);
  }
});

Deno.test("targetL0 is k where the k largest are kept", () => {
  assertEquals(presetOptions("dictionaryTopK", SIZES).activation, { kind: "topk", k: 4 });
  assertEquals(presetOptions("dictionaryJumpReLU", SIZES).penalty, {
    kind: "targetL0",
    coefficient: 1,
    l0: 4,
  });
  const { targetL0: _, ...none } = SIZES;
  assertEquals(presetOptions("matryoshkaSae", none).activation, { kind: "batchtopk", k: 32 });
});

Deno.test("the preset authorCode is authorCode()", () => {
  const { rows: _, ...sizes } = SIZES;
  const plain = (options: object) => JSON.parse(JSON.stringify(options));
  assertEquals(plain(presetOptions("authorCode", sizes)), plain(authorCode(sizes)));
});

Deno.test("given prefixes replace those of the preset", () => {
  const name = "dictionaryMatryoshkaBatchTopK";
  assertEquals(presetOptions(name, { ...SIZES, prefixes: [8, 64] }).prefixes, [8, 64]);
  const drawn = presetOptions(name, { ...SIZES, prefixes: 3 });
  assertEquals([drawn.prefixes, drawn.prefixCount], [undefined, 3]);
  checkTrainerOptions(drawn);
});

Deno.test("presetOptions() names what is wrong", () => {
  const { targetL0: _, ...none } = SIZES;
  const cases: [() => unknown, string][] = [
    [() => presetOptions("mine", SIZES), `one of ${presetNames.join(", ")} but is "mine"`],
    [
      () => presetOptions("dictionaryTopK", none),
      'k is missing, which preset "dictionaryTopK" needs',
    ],
    [() => presetOptions("authorCode", none), "targetL0 is missing"],
    [
      () => presetOptions("authorCode", { ...SIZES, k: 3 }),
      'k 3 has no use in preset "authorCode"',
    ],
    [
      () => presetOptions("dictionaryTopK", { ...SIZES, k: 3 }),
      "k 3 cannot be combined with targetL0 4",
    ],
    [() => presetOptions("dictionaryTopK", { ...none, k: 65 }), "k 65 exceeds latentCount 64"],
    [
      () => presetOptions("matryoshkaSae", { ...SIZES, latentCount: 6 }),
      "fractions",
    ],
  ];
  for (const [call, message] of cases) assertThrows(call, RangeError, message);
});
