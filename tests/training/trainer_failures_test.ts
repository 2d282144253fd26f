import { assert, assertEquals, assertRejects } from "@std/assert";
import { createBackend, Trainer, type TrainerOptions } from "../../mod.ts";
import { backends } from "../backends.ts";
import { randomProblem } from "../problems.ts";
import { normalBatches } from "./runs.ts";

const d = 3;
const N = 6;
const GOOD = normalBatches(Array(40).fill(4), d, 1).map((batch) => batch.map((x) => -Math.abs(x)));
/** Finite, but too large for latent 0 of `fragileOptions`. */
const BAD = new Float32Array(4 * d).fill(3e38);

/**
 * Latent 0 is silent on negative inputs. On `BAD` its residuals overflow float32, and its gradients
 * have some 1e162, whose squares overflow float64.
 */
function fragileOptions(options: Partial<TrainerOptions> = {}): TrainerOptions {
  const { parameters } = randomProblem(1, d, N, 2);
  parameters.encoder.fill(1e38, 0, d);
  parameters.encoderBias[0] = 0;
  parameters.decoder.fill(5e18, 0, d);
  return {
    inputSize: d,
    latentCount: N,
    steps: 100,
    warmupSteps: 0,
    penalty: { kind: "none" },
    inputScaling: "none",
    prefixes: [2, N],
    prefixWeights: [1e9, 1e9],
    initial: parameters,
    ...options,
  };
}

for (const { name, create } of backends) {
  for (const algorithm of ["dense", "sparse"] as const) {
    Deno.test(`Trainer.metrics() names the step that overflowed, whose update was not applied (${name}, ${algorithm})`, async () => {
      using backend = await create();
      using trainer = await Trainer.create(backend, fragileOptions({ algorithm }));
      for (const batch of GOOD.slice(0, 3)) await trainer.step(batch);
      const before = await trainer.parameters();
      await trainer.step(BAD);
      await assertRejects(() => trainer.metrics(), RangeError, "of step 4 is not finite");
      assertEquals(await trainer.parameters(), before);
      await trainer.step(BAD);
      await trainer.step(GOOD[3]);
      await trainer.step(BAD);
      await assertRejects(
        () => trainer.metrics(),
        RangeError,
        "the loss or gradient of step 5 is not finite",
      );
      // It has been told; training may go on, with moments that the bad step left alone.
      await trainer.step(GOOD[4]);
      const { step, loss, gradientNorm } = await trainer.metrics();
      assertEquals(step, 8);
      assert(Number.isFinite(loss) && Number.isFinite(gradientNorm));

      using spared = await Trainer.create(
        backend,
        fragileOptions({ algorithm, beta1: 0, beta2: 0 }),
      );
      using other = await Trainer.create(
        backend,
        fragileOptions({ algorithm, beta1: 0, beta2: 0 }),
      );
      for (const batch of [GOOD[0], BAD, GOOD[1]]) await spared.step(batch);
      for (const batch of [GOOD[0], GOOD[1]]) await other.step(batch);
      await assertRejects(() => spared.metrics(), RangeError, "of step 2 is not finite");
      assertEquals(await spared.parameters(), await other.parameters());
    });
  }

  Deno.test(`Trainer.step() finds a step that overflowed even if metrics() is never called (${name})`, async () => {
    using backend = await create();
    using trainer = await Trainer.create(backend, fragileOptions());
    let failed = "";
    for (let s = 0; s < 40 && failed === ""; s++) {
      await trainer.step(s === 8 ? BAD : GOOD[s]).catch((error) => failed = error.message);
    }
    assert(failed.startsWith("Cannot continue training: the loss or gradient of step 9"), failed);
    assertEquals(trainer.stepCount, 32);
  });

  Deno.test(`Trainer does not lose a step that overflowed when the number of prefixes grows (${name})`, async () => {
    using backend = await create();
    const options = fragileOptions({ prefixWeights: undefined, squaredError: "sum" });
    const encoder = options.initial!.encoder.map((x, i) => i < d ? 3e38 : x);
    const decoder = options.initial!.decoder.map((x, i) => i < d ? 1e30 : x);
    const initial = { ...options.initial!, encoder, decoder };
    using trainer = await Trainer.create(backend, { ...options, initial });
    await trainer.step(BAD, { prefixes: [N] });
    await assertRejects(
      async () => {
        await trainer.step(GOOD[0], { prefixes: [1, 3, N] });
        await trainer.metrics();
      },
      RangeError,
      "the loss or gradient of step 1 is not finite",
    );
  });

  Deno.test(`Trainer.step() refuses bad batches and prefixes, and nothing changes (${name})`, async () => {
    using backend = await create();
    using trainer = await Trainer.create(backend, fragileOptions());
    using other = await Trainer.create(backend, fragileOptions());
    const nan = GOOD[0].slice();
    nan[7] = NaN;
    const infinite = GOOD[0].slice();
    infinite[11] = Infinity;
    const mistakes: [Float32Array, number[] | undefined, string][] = [
      [nan, undefined, "row 2 of the batch has NaN"],
      [infinite, undefined, "row 3 of the batch has Infinity"],
      [GOOD[0].slice(1), undefined, "the batch has 11 values, not a multiple of inputSize 3"],
      [new Float32Array(0), undefined, "the batch has no rows"],
      [GOOD[0], [2, 5], "prefixes must end at latentCount 6 but end at 5"],
      [GOOD[0], [3, 3, N], "strictly increasing but 3 is followed by 3"],
      [GOOD[0], [N], "there are 2 prefixWeights for 1 prefixes"],
    ];
    for (const batch of GOOD.slice(0, 5)) {
      for (const [mistaken, prefixes, message] of mistakes) {
        const full = `Cannot take a training step: `;
        const error = await assertRejects(
          () => trainer.step(mistaken, { prefixes }),
          RangeError,
          message,
        );
        assert(error.message.startsWith(full), error.message);
      }
      await trainer.step(batch);
      await other.step(batch);
    }
    assertEquals(trainer.stepCount, 5);
    assertEquals(await trainer.metrics(), await other.metrics());
    assertEquals(await trainer.parameters(), await other.parameters());
  });

  Deno.test(`Trainer.step() is an error before the last one is awaited (${name})`, async () => {
    using backend = await create();
    using trainer = await Trainer.create(backend, fragileOptions());
    const first = trainer.step(GOOD[0]);
    await assertRejects(() => trainer.step(GOOD[1]), Error, "has not been awaited");
    await first;
    assertEquals(trainer.stepCount, 1);
    await trainer.step(GOOD[1]);
    assertEquals((await trainer.metrics()).step, 2);
  });
}

for (const { name, create } of backends) {
  Deno.test(`Trainer gives no parameters that are not finite, and names the step or the array (${name})`, async () => {
    using backend = await create();
    // One update puts the parameters beyond float32; the step itself is finite.
    const options = {
      inputSize: d,
      latentCount: N,
      steps: 100,
      warmupSteps: 0,
      learningRate: 1e200,
    };
    using trainer = await Trainer.create(backend, options);
    await trainer.step(GOOD[0]);
    for (const give of [() => trainer.parameters(), () => trainer.rawParameters()]) {
      await assertRejects(give, RangeError, "Cannot give parameters: element ");
    }
    await trainer.step(GOOD[1]);
    await assertRejects(
      () => trainer.parameters(),
      RangeError,
      "the loss or gradient of step 2 is not finite",
    );
  });
}

Deno.test("Trainer says that parameters and moments are as before a step that was not applied", async () => {
  using backend = await createBackend("reference");
  using trainer = await Trainer.create(backend, fragileOptions());
  await trainer.step(BAD);
  await assertRejects(
    () => trainer.rawParameters(),
    RangeError,
    "its update was not applied: parameters and moments are as before it",
  );
  // It is told once.
  assertEquals(await trainer.rawParameters(), fragileOptions().initial!);
});

Deno.test("Trainer permutes and chooses its algorithm at a step that tells of an earlier one, too", async () => {
  using backend = await createBackend("reference");
  const activation = { kind: "jumprelu", threshold: new Float32Array(N) } as const;
  const options = fragileOptions({ activation, learningRate: 0, permuteEvery: 32 });
  using trainer = await Trainer.create(backend, options);
  for (let s = 0; s < 31; s++) await trainer.step(s === 8 ? BAD : GOOD[s]);
  assertEquals(trainer.algorithm, "sparse");
  await assertRejects(() => trainer.step(GOOD[31]), RangeError, "step 9 is not finite");
  assertEquals([trainer.stepCount, trainer.algorithm], [32, "dense"]);
  const { encoderBias } = await trainer.parameters();
  const initial = options.initial!.encoderBias;
  assertEquals(encoderBias.toSorted(), initial.toSorted());
  assert(encoderBias.some((bias, i) => bias !== initial[i]), "nothing was permuted");
});

/** Options that must be refused, the kind of the error and what its message says. */
const MISTAKES: [Record<string, unknown>, typeof RangeError | typeof TypeError, string][] = [
  [{ inputSize: 0 }, RangeError, "inputSize must be an integer of at least 1 but is 0"],
  [{ latentCount: 2.5 }, RangeError, "latentCount must be an integer of at least 1 but is 2.5"],
  [{ steps: NaN }, RangeError, "steps must be an integer of at least 1 but is NaN"],
  [{ prefixCount: 0 }, RangeError, "prefixCount must be an integer of at least 1 but is 0"],
  [{ prefixCount: 7 }, RangeError, "prefixCount 7 needs 6 distinct lengths below latentCount 6"],
  [{ minimumPrefix: 7 }, RangeError, "minimum must be at most latentCount 6 but is 7"],
  [{ prefixExponent: 0 }, RangeError, "prefixExponent must be positive but is 0"],
  [{ prefixes: [2, 5] }, RangeError, "prefixes must end at latentCount 6 but end at 5"],
  [{ prefixes: [] }, RangeError, "prefixes must end at latentCount 6 but are []"],
  [
    { prefixFractions: [0.5, 1.5] },
    RangeError,
    "fraction 1 must be positive and at most 1 but is 1.5",
  ],
  [{ prefixFractions: [0.9, 0.95, 1] }, RangeError, "strictly increasing"],
  [{ prefixWeights: [1, 2, 3] }, RangeError, "there are 3 prefixWeights for 2 prefixes"],
  [
    { prefixWeights: [1, 2, 3], prefixes: [2, N] },
    RangeError,
    "there are 3 prefixWeights for 2 prefixes",
  ],
  [{ prefixWeights: [1, NaN] }, RangeError, "prefixWeights[1] must be at least 0 but is NaN"],
  [{ targetL0: 2, penalty: { kind: "none" } }, RangeError, "targetL0 2 needs a penalty"],
  [{ targetL0: -1 }, RangeError, "targetL0 must be from 0 to 6 but is -1"],
  [{ targetL0: 7 }, RangeError, "targetL0 must be from 0 to 6 but is 7"],
  [{ sparsityRate: 2 }, RangeError, "sparsityRate must be from 0 to 1 but is 2"],
  [{ sparsityWarmup: -0.5 }, RangeError, "sparsityWarmup must be from 0 to 1 but is -0.5"],
  [{ learningRate: -1 }, RangeError, "learningRate must be at least 0 but is -1"],
  [
    { learningRate: Infinity },
    RangeError,
    "learningRate must be at least 0 and finite but is Infinity",
  ],
  [{ warmupSteps: -1 }, RangeError, "warmupSteps must be an integer of at least 0 but is -1"],
  [{ decayFraction: 1.5 }, RangeError, "decayFraction must be from 0 to 1 but is 1.5"],
  [{ beta1: 1 }, RangeError, "beta1 must be at least 0 and below 1 but is 1"],
  [{ beta2: -0.1 }, RangeError, "beta2 must be at least 0 and below 1 but is -0.1"],
  [{ adamEpsilon: 0 }, RangeError, "adamEpsilon must be from"],
  [{ clipNorm: 0 }, RangeError, "clipNorm must be positive but is 0"],
  [{ permuteEvery: -1 }, RangeError, "permuteEvery must be an integer of at least 0 but is -1"],
  [{ deadAfter: 0 }, RangeError, "deadAfter must be an integer of at least 1 but is 0"],
  [{ warmupSteps: 2.5 }, RangeError, "warmupSteps must be an integer of at least 0 but is 2.5"],
  [{ permuteEvery: 0.5 }, RangeError, "permuteEvery must be an integer of at least 0 but is 0.5"],
  [{ deadAfter: 1.5 }, RangeError, "deadAfter must be an integer of at least 1 but is 1.5"],
  [{ minimumPrefix: 1.5 }, RangeError, "minimumPrefix must be an integer of at least 1 but is 1.5"],
  [
    { prefixes: [2, N], prefixCount: 2 },
    TypeError,
    "only one of prefixes and prefixCount can be given",
  ],
  [
    { prefixes: [2, N], prefixFractions: [0.5, 1] },
    TypeError,
    "only one of prefixes and prefixFractions can be given",
  ],
  [{ seed: -1 }, RangeError, "seed must be an integer"],
  [{ inputScaling: "yes" }, TypeError, "inputScaling must be one of"],
  [{ algorithm: "scenic" }, TypeError, "algorithm must be one of"],
  [{ activation: { kind: "gelu" } }, TypeError, "activation.kind must be one of"],
  [{ activation: { kind: "topk", k: 7 } }, RangeError, "k 7 exceeds latentCount 6"],
  [{ penalty: { kind: "l2" } }, TypeError, "penalty.kind must be one of"],
  [{ penalty: { kind: "l1", coefficient: -1 } }, RangeError, "must be at least 0 but is -1"],
  [
    { initial: randomProblem(1, d, N + 1, 1).parameters },
    RangeError,
    "the initial parameters are [7, 3] but latentCount and inputSize are [6, 3]",
  ],
];

for (const [options, kind, message] of MISTAKES) {
  Deno.test(`Trainer.create() refuses ${JSON.stringify(options).slice(0, 60)}`, async () => {
    using backend = await createBackend("reference");
    const drawn = "prefixes" in options || "prefixFractions" in options ? undefined : 2;
    const given = { inputSize: d, latentCount: N, steps: 10, prefixCount: drawn, ...options };
    const error = await assertRejects(() => Trainer.create(backend, given), kind, message);
    assert(error.message.startsWith("Cannot "), error.message);
    assertEquals(backend.allocatedBytes, 0);
  });
}
