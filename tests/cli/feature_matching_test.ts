import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Random, ToyTree } from "../../mod.ts";
import { matchFeatures } from "../../cli/demo/feature_matching.ts";

Deno.test("permuted and rescaled features are matched with cosine 1 among other latents", () => {
  const tree = ToyTree.create({ seed: 2 });
  const random = Random.fromSeed(2, 1);
  const d = tree.inputSize, N = 26;
  const place = (feature: number) => (feature * 7 + 3) % 20 + (feature % 2) * 6;
  assertEquals(new Set(Array.from({ length: 20 }, (_, f) => place(f))).size, 20);
  const decoder = Float32Array.from({ length: N * d }, () => 0.1 * random.normal());
  for (let f = 0; f < 20; f++) {
    const direction = tree.directions.subarray(f * d, (f + 1) * d);
    decoder.set(direction.map((value) => value * (f + 1)), place(f) * d);
  }
  const matching = matchFeatures(decoder, tree.directions, d);
  assertEquals([...matching.latents], Array.from({ length: 20 }, (_, f) => place(f)));
  // Entries are rounded to float32 once: 2⁻²⁴ relative.
  assertAlmostEquals(matching.meanCosine, 1, 2 ** -22);
});

Deno.test("the assignment is the best in sum, not the greedy one", () => {
  // Both features are nearest to latent 0; by greed feature 0 takes it (1 + 0), while 0.8 + 0.9 is more.
  const features = Float32Array.of(1, 0, 0.9, Math.sqrt(0.19));
  const decoder = Float32Array.of(1, 0, 0.8, -0.6);
  const { latents, cosines, meanCosine } = matchFeatures(decoder, features, 2);
  assertEquals([...latents], [1, 0]);
  assertAlmostEquals(cosines[0], 0.8, 1e-7);
  assertAlmostEquals(cosines[1], 0.9, 1e-7);
  assertAlmostEquals(meanCosine, 0.85, 1e-7);
});

Deno.test("a latent that points the opposite way, or is zero, has no positive cosine", () => {
  const { latents, cosines } = matchFeatures(
    Float32Array.of(-1, 0, 0, 0),
    Float32Array.of(1, 0),
    2,
  );
  assertEquals([...latents], [1]);
  assertEquals([...cosines], [0]);
});

Deno.test("with fewer latents than features the rest are unmatched and count as cosine 0", () => {
  const { latents, meanCosine } = matchFeatures(
    Float32Array.of(0, 2),
    Float32Array.of(1, 0, 0, 1),
    2,
  );
  assertEquals([...latents], [-1, 0]);
  assertEquals(meanCosine, 0.5);
});

Deno.test("matching rejects arrays that are not finite rows of the input size", () => {
  const rows = Float32Array.of(1, 0);
  const cases: [Float32Array, Float32Array, number, string][] = [
    [new Float32Array(3), rows, 2, "decoder must be rows of 2 but has 3 values"],
    [rows, new Float32Array(0), 2, "features must be rows of 2 but has 0 values"],
    [Float32Array.of(1, NaN), rows, 2, "decoder must be finite but row 0 has norm NaN"],
    [rows, rows, 0, "inputSize must be an integer of at least 1 but is 0"],
  ];
  for (const [decoder, features, d, message] of cases) {
    assertThrows(
      () => matchFeatures(decoder, features, d),
      RangeError,
      `Cannot match features: ${message}`,
    );
  }
});
