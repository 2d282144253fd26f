import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  authorCode,
  createBackend,
  matryoshkaLoss,
  Trainer,
  type TrainerOptions,
} from "../../mod.ts";
import { backends } from "../backends.ts";
import { relativeError } from "../golden/golden.ts";
import { everyActivation, plainLoss, randomProblem } from "../problems.ts";
import { normalBatches, train } from "./runs.ts";

const d = 4;
const N = 12;
const BATCHES = normalBatches(Array(12).fill(6), d, 1);
const OPTIONS: TrainerOptions = { inputSize: d, latentCount: N, steps: 12, prefixCount: 4 };

for (const { name, create, lossTolerance } of backends) {
  Deno.test(`Trainer repeats itself bit for bit with one seed, and differs with another (${name})`, async () => {
    using backend = await create();
    const options = { ...OPTIONS, seed: 5, targetL0: 3, permuteEvery: 4 };
    const first = await train(backend, options, BATCHES);
    assertEquals(await train(backend, options, BATCHES), first);
    using another = await create();
    assertEquals(await train(another, options, BATCHES), first);
    const other = await train(backend, { ...options, seed: 6 }, BATCHES);
    assertNotEquals(other.parameters.encoder, first.parameters.encoder);
    const prefixesOf = ({ metrics }: typeof first) =>
      metrics.map((m) => m.perPrefix.map((p) => p.prefix));
    assertNotEquals(prefixesOf(other), prefixesOf(first));
    const initial = async (seed: number) =>
      (await train(backend, { ...OPTIONS, seed }, [])).parameters.encoder;
    assertEquals(await initial(5), await initial(5));
    assertNotEquals(await initial(6), await initial(5));
  });

  Deno.test(`Trainer reports the loss as defined, for every activation and batch size (${name})`, async () => {
    using backend = await create();
    const rows = [6, 1, 9, 6, 2, 3, 4, 5, 6];
    let seed = 1;
    for (const activation of everyActivation(N, 3)) {
      for (const inputScaling of ["corrected", "none"] as const) {
        const loss = {
          activation,
          prefixWeights: [1, 2, 0.5],
          prefixReduction: seed % 2 === 0 ? "mean" : "sum",
          squaredError: seed % 3 === 0 ? "mean" : "sum",
          subtractDecoderBias: seed % 4 === 0,
        } as const;
        const penalty = { kind: "log", coefficient: 0.2, subtractLogEpsilon: true } as const;
        using trainer = await Trainer.create(backend, {
          ...OPTIONS,
          ...loss,
          penalty,
          inputScaling,
          prefixCount: 3,
          initial: randomProblem(1, d, N, seed).parameters,
        });
        for (const batch of normalBatches(rows, d, seed++)) {
          const parameters = await trainer.parameters();
          await trainer.step(batch);
          const metrics = await trainer.metrics();
          const scale = await trainer.inputScale();
          const expected = plainLoss({ parameters, batch: batch.map((x) => scale * x) }, {
            ...loss,
            penalty: { ...penalty, coefficient: metrics.sparsityScale },
            prefixes: metrics.perPrefix.map((p) => p.prefix),
          });
          // Parameters are read as float32: twice the tolerance of a loss.
          const most = 2 * lossTolerance;
          const error = relativeError([metrics.loss], [expected.loss]);
          assert(error <= most, `${activation.kind}: ${metrics.loss} is not ${expected.loss}`);
          // A count over the rows, rounded once or twice.
          const l0 = metrics.perPrefix.map((p) => p.l0);
          assert(relativeError(l0, expected.perPrefix.map((p) => p.l0)) <= 2 ** -22);
          assertEquals(metrics.l0, l0.at(-1));
        }
      }
    }
  });

  Deno.test(`Trainer with prefixCount 1 trains an ordinary autoencoder (${name})`, async () => {
    using backend = await create();
    const vanilla = await train(backend, { ...OPTIONS, prefixCount: 1 }, BATCHES);
    assertEquals(vanilla.metrics.map((m) => m.perPrefix.map((p) => p.prefix)), Array(12).fill([N]));
    assertEquals(
      await train(backend, { ...OPTIONS, prefixCount: undefined, prefixes: [N] }, BATCHES),
      vanilla,
    );
    const matryoshka = await train(backend, OPTIONS, BATCHES);
    assertNotEquals(matryoshka.parameters.encoder, vanilla.parameters.encoder);
  });
}

/** The prefixes of each of three steps. */
async function prefixesOf(options: Partial<TrainerOptions>): Promise<number[][]> {
  using backend = await createBackend("reference");
  const given = { ...OPTIONS, prefixCount: undefined, ...options };
  const { metrics } = await train(backend, given, BATCHES.slice(0, 3));
  return metrics.map((m) => m.perPrefix.map((p) => p.prefix));
}

Deno.test("Trainer takes a fixed list of prefixes, or fractions of the latents", async () => {
  assertEquals(await prefixesOf({ prefixes: [2, 5, N] }), Array(3).fill([2, 5, N]));
  assertEquals(await prefixesOf({ prefixFractions: [0.25, 0.5, 1] }), Array(3).fill([3, 6, N]));
});

Deno.test("Trainer draws new prefixes each step, within the law's limits", async () => {
  const drawn = await prefixesOf({ prefixCount: 5, minimumPrefix: 4 });
  assertNotEquals(drawn[0], drawn[1]);
  for (const prefixes of drawn) {
    assertEquals(prefixes.length, 5);
    assertEquals(prefixes.at(-1), N);
    assert(prefixes[0] >= 4, `${prefixes}`);
  }
  // A large exponent favours long prefixes: all but one in a million draws are N − 1.
  assertEquals(await prefixesOf({ prefixCount: 2, prefixExponent: 200 }), Array(3).fill([11, 12]));
});

Deno.test("Trainer draws ten prefixes by default, or as many as there are latents", async () => {
  assertEquals((await prefixesOf({ prefixCount: undefined })).map((p) => p.length), [10, 10, 10]);
  const few = await prefixesOf({ prefixCount: undefined, latentCount: 3 });
  assertEquals(few, Array(3).fill([1, 2, 3]));
});

Deno.test("Trainer.step() takes prefixes for one step, and keeps no hold of the list", async () => {
  using backend = await createBackend("reference");
  using trainer = await Trainer.create(backend, {
    ...OPTIONS,
    prefixCount: undefined,
    prefixes: [6, N],
  });
  const prefixes = [1, 2, 7, N];
  await trainer.step(BATCHES[0], { prefixes });
  prefixes[0] = 5;
  assertEquals((await trainer.metrics()).perPrefix.map((p) => p.prefix), [1, 2, 7, N]);
  await trainer.step(BATCHES[1]);
  assertEquals((await trainer.metrics()).perPrefix.map((p) => p.prefix), [6, N]);
});

Deno.test("Trainer takes typed arrays of prefixes, and keeps no hold of any array", async () => {
  const typed = { prefixes: Uint32Array.of(2, 5, N), prefixWeights: Float32Array.of(1, 2, 0.5) };
  const expected = { prefixes: [2, 5, N], prefixWeights: [1, 2, 0.5] };
  using backend = await createBackend("reference");
  const given = { ...OPTIONS, prefixCount: undefined };
  const plain = await train(backend, { ...given, ...expected }, BATCHES);
  assertEquals(await train(backend, { ...given, ...typed }, BATCHES), plain);

  using trainer = await Trainer.create(backend, { ...given, ...typed });
  typed.prefixes.fill(1);
  typed.prefixWeights.fill(7);
  await trainer.step(BATCHES[0]);
  const { loss, perPrefix } = await trainer.metrics();
  assertEquals([loss, perPrefix], [plain.metrics[0].loss, plain.metrics[0].perPrefix]);
  await trainer.step(BATCHES[1], { prefixes: Uint16Array.of(1, 7, N) });
  assertEquals((await trainer.metrics()).perPrefix.map((p) => p.prefix), [1, 7, N]);
});

Deno.test("Trainer has the documented defaults for the loss, the author's and not the definition's", async () => {
  using backend = await createBackend("reference");
  const run = (options: Partial<TrainerOptions>) =>
    train(backend, { ...OPTIONS, ...options }, BATCHES);
  const log = { kind: "log", coefficient: 0.2, epsilon: 0.1, subtractLogEpsilon: true } as const;
  const spelled = { prefixReduction: "mean", squaredError: "sum" } as const;
  for (const activation of everyActivation(N, 3)) {
    const penalised = activation.kind === "relu" || activation.kind === "identity";
    const penalty = penalised ? log : { kind: "none" } as const;
    const unasked = await run({ activation });
    assertEquals(await run({ activation, penalty, ...spelled }), unasked, activation.kind);
    const others: Partial<TrainerOptions>[] = [{ prefixReduction: "sum" }, {
      squaredError: "mean",
    }];
    others.push({ penalty: penalised ? { kind: "none" } : log });
    for (const other of others) {
      const changed = await run({ activation, ...other });
      assertNotEquals(changed.metrics[0].loss, unasked.metrics[0].loss, activation.kind);
    }
  }
});

Deno.test("authorCode() spells out every convention, so that no default of the trainer matters", () => {
  const given = { inputSize: d, latentCount: N, steps: 300, targetL0: 2 };
  assertEquals(authorCode(given), {
    ...given,
    prefixCount: undefined,
    minimumPrefix: 1,
    prefixExponent: 0.5,
    sparsityRate: 3e-4,
    sparsityWarmup: 0.2,
    learningRate: 0.03,
    warmupSteps: 100,
    decayFraction: 0.2,
    beta1: 0.5,
    beta2: 0.9375,
    adamEpsilon: 1e-8,
    clipNorm: 1,
    seed: undefined,
    initial: undefined,
    activation: { kind: "relu" },
    penalty: { kind: "l1", coefficient: 0.2 },
    prefixReduction: "mean",
    squaredError: "sum",
    subtractDecoderBias: false,
    inputScaling: "uncorrected",
    permuteEvery: 0,
  });
  assertEquals(authorCode({ ...given, sparsityType: "log", startingSparsityScale: 0.3 }).penalty, {
    kind: "log",
    coefficient: 0.3,
    epsilon: 0.1,
    subtractLogEpsilon: true,
  });
});

Deno.test("Trainer starts from the given parameters and counts its steps", async () => {
  using backend = await createBackend("reference");
  const initial = randomProblem(1, d, N, 3).parameters;
  const before = structuredClone(initial);
  using trainer = await Trainer.create(backend, { ...OPTIONS, initial });
  assertEquals(await trainer.parameters(), initial);
  assertEquals(trainer.stepCount, 0);
  await trainer.step(BATCHES[0]);
  await trainer.step(BATCHES[1]);
  assertEquals(trainer.stepCount, 2);
  assertNotEquals((await trainer.parameters()).encoder, initial.encoder);
  assertEquals(initial, before);
});

Deno.test("Trainer.rawParameters() reconstructs raw inputs as the trained ones do scaled inputs", async () => {
  using backend = await createBackend("reference");
  using trainer = await Trainer.create(backend, OPTIONS);
  for (const batch of BATCHES) await trainer.step(batch.map((x) => 30 * x));
  const scale = await trainer.inputScale();
  const raw = BATCHES[0].map((x) => 30 * x);
  const prefixes = [4, N];
  const onRaw = await matryoshkaLoss(backend, await trainer.rawParameters(), raw, { prefixes });
  const scaled = raw.map((x) => scale * x);
  const onScaled = await matryoshkaLoss(backend, await trainer.parameters(), scaled, { prefixes });
  assert(scale < 0.1, `the scale ${scale} should shrink these inputs`);
  onRaw.perPrefix.forEach((p, j) => {
    assertEquals(p.l0, onScaled.perPrefix[j].l0);
    const expected = onScaled.perPrefix[j].squaredError;
    assert(relativeError([p.squaredError * scale ** 2], [expected]) < 1e-5);
  });
});
