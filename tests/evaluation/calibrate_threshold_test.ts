import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import {
  type Activation,
  calibrateThreshold,
  evaluate,
  initialParameters,
  jumpReluOf,
  Random,
  type Sae,
  SparseAutoencoder,
} from "../../mod.ts";
import { backends } from "../backends.ts";

const d = 8;
const N = 24;
const random = Random.fromSeed(9);
const normals = (length: number) => Float32Array.from({ length }, () => random.normal());
const parameters = { ...initialParameters(d, N, random), encoderBias: normals(N) };
const batches = [70, 70, 13].map((B) => normals(B * d));
const sae = (activation: Activation): Sae => ({
  parameters,
  activation,
  subtractDecoderBias: true,
});
const batchtopk = sae({ kind: "batchtopk", k: 3 });

for (const { name, create } of backends) {
  Deno.test(`calibrateThreshold() finds the value between the right neighbours of all activations on ${name}`, async () => {
    using backend = await create();
    using relu = SparseAutoencoder.fromSae(backend, sae({ kind: "relu" }));
    const all: number[] = [];
    for await (const { values } of relu.encodeRows(batches)) all.push(...values);
    all.sort((a, b) => b - a);
    for (const targetL0 of [0.02, 1, 2.5, 3, 8]) {
      const found = await calibrateThreshold(backend, batchtopk, () => batches, { targetL0 });
      const wanted = Math.round(targetL0 * 153);
      assertEquals([found.rows, found.targetL0, found.l0], [153, targetL0, wanted / 153]);
      assert(found.threshold < all[wanted - 1] && found.threshold >= all[wanted]);
    }
    // By default k, also of a selection that was replaced before.
    const { threshold, l0 } = await calibrateThreshold(backend, batchtopk, () => batches);
    assertEquals(l0, 3);
    const jump = jumpReluOf(batchtopk, 100);
    assertEquals((await calibrateThreshold(backend, jump, () => batches)).threshold, threshold);
    const { activation } = jumpReluOf(batchtopk, threshold);
    async function* rows() {
      yield* batches;
    }
    const options = { prefixes: [N], activation, subtractDecoderBias: true };
    assertAlmostEquals((await evaluate(backend, parameters, rows(), options)).l0, 3, 0.015);
  });
}

const { create } = backends[0];

Deno.test("calibrateThreshold() keeps equal activations together, and says which L0 that gives", async () => {
  using backend = await create();
  const row = batches[0].subarray(0, d);
  const repeated = new Float32Array(10 * d).map((_, i) => row[i % d]);
  for (const targetL0 of [2, 2.3, 2.8]) {
    const { threshold, l0 } = await calibrateThreshold(backend, batchtopk, () => [repeated], {
      targetL0,
    });
    assertEquals(l0, Math.round(targetL0));
    using jump = SparseAutoencoder.fromSae(backend, jumpReluOf(batchtopk, threshold));
    assertEquals((await jump.encode(repeated)).values.length, 10 * l0);
  }
});

Deno.test("calibrateThreshold() gives 0 where every positive activation is needed, and rejects more", async () => {
  using backend = await create();
  using relu = SparseAutoencoder.fromSae(backend, sae({ kind: "relu" }));
  const count = (await relu.encode(batches[0])).values.length;
  const calibrate = (targetL0: number) =>
    calibrateThreshold(backend, batchtopk, () => [batches[0]], { targetL0 });
  assertEquals((await calibrate(count / 70)).threshold, 0);
  assertEquals((await calibrate(1.004 * count / 70)).l0, count / 70);
  await assertRejects(() => calibrate(1.01 * count / 70), RangeError, "only");
});

Deno.test("calibrateThreshold() rejects what it cannot use", async () => {
  using backend = await create();
  const relu = sae({ kind: "relu" });
  await assertRejects(() => calibrateThreshold(backend, relu, () => []), TypeError, '"relu"');
  await assertRejects(
    () => calibrateThreshold(backend, batchtopk, () => []),
    RangeError,
    "there are 0",
  );
  for (const targetL0 of [0, NaN, N + 1]) {
    const calibrate = () => calibrateThreshold(backend, batchtopk, () => batches, { targetL0 });
    await assertRejects(calibrate, RangeError, `but is ${targetL0}`);
  }
  const bad = new Float32Array(2 * d).fill(1).fill(NaN, 12, 13);
  await assertRejects(
    () => calibrateThreshold(backend, batchtopk, () => [bad]),
    RangeError,
    "row 1",
  );
  let passes = 0;
  const changing = () => batches.slice(passes++);
  await assertRejects(() => calibrateThreshold(backend, batchtopk, changing), Error, "other rows");
});
