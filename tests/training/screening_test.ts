/** Screening changes how a step is computed, and no bit of what it computes. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type AskedScreening,
  type Backend,
  createBackend,
  type StepMetrics,
  Trainer,
  type TrainerOptions,
  type TrainerState,
} from "../../mod.ts";
import { portableBackends } from "../backends.ts";
import { everyActivation, randomProblem } from "../problems.ts";
import { ladderBatch, ladderOptions, normalBatches, train, withoutScreening } from "./runs.ts";
import { trainOverRanks } from "./ranks/rank_runs.ts";
import { WatchedBackend } from "./watched_backend.ts";

const d = 19;
const N = 75;
// Batches of other sizes have programs of their own, and permuting changes the encoder between steps.
const BATCHES = normalBatches([...Array(9).fill(12), 7, 7, 12], d, 3);

function optionsOf(more: Partial<TrainerOptions>): TrainerOptions {
  return {
    inputSize: d,
    latentCount: N,
    steps: BATCHES.length,
    prefixCount: 4,
    initial: randomProblem(1, d, N, 12).parameters,
    subtractDecoderBias: true,
    permuteEvery: 5,
    algorithm: "sparse",
    ...more,
  };
}

/** Everything that steps depend on, after the batches; `change` resumes the run in the middle with another setting. */
async function stateAfter(
  backend: Backend,
  options: TrainerOptions,
  change?: AskedScreening,
): Promise<{ state: TrainerState; metrics: StepMetrics }> {
  let trainer = await Trainer.create(backend, options);
  for (const [s, batch] of BATCHES.entries()) {
    if (s === 7 && change) {
      const state = await trainer.state();
      trainer[Symbol.dispose]();
      trainer = await Trainer.resume(backend, { ...options, screening: change }, state);
    }
    await trainer.step(batch);
  }
  const metrics = await trainer.metrics();
  const state = await trainer.state();
  trainer[Symbol.dispose]();
  return { state, metrics };
}

for (const { name, create } of portableBackends) {
  Deno.test(`Trainer gives the same bits with and without screening (${name})`, async (t) => {
    using inner = await create();
    for (const activation of everyActivation(N, 5)) {
      await t.step(activation.kind, async () => {
        const recorded = (screening?: "faster") => {
          const backend = new WatchedBackend(inner, screening);
          return {
            backend,
            count: (id: string) => backend.recorded.filter((k) => k === id).length,
          };
        };
        const off = recorded();
        const expected = await stateAfter(
          off.backend,
          optionsOf({ activation, screening: "off" }),
        );
        assertEquals(expected.metrics.screening, undefined);
        assertEquals(off.count("encodeScreened") + off.count("adamEncoder"), 0);

        const screens = activation.kind !== "identity";
        for (
          const [screening, change] of [["on"], ["on", "off"], ["off", "on"]] as const
        ) {
          const run = recorded("faster");
          const options = optionsOf({ activation, screening });
          const { state, metrics } = await stateAfter(run.backend, options, change);
          assertEquals(state, expected.state, `${screening}, then ${change}`);
          // One program for each number of rows.
          const both = screens && change === undefined;
          assertEquals(run.count("encodeScreened") > 0, screens);
          if (!both) continue;
          assertEquals(run.count("adamEncoder"), 2);
          // Before the first step, and after each of two permutations.
          assertEquals(run.count("quantizeLatents"), 3);
          const { candidates } = metrics.screening!;
          assert(candidates >= metrics.l0 && candidates <= N, `${candidates} candidates`);
        }
        assertEquals(inner.allocatedBytes, 0);
      });
    }
  });

  Deno.test(`thresholds are trained to the same bits with and without screening (${name})`, async () => {
    using inner = await create();
    const options = optionsOf({
      activation: { kind: "jumprelu", threshold: 0.5 },
      thresholdTraining: { bandwidth: 0.5 },
      penalty: { kind: "l0", coefficient: 0.01 },
    });
    const expected = await stateAfter(inner, { ...options, screening: "off" });
    for (const change of [undefined, "off"] as const) {
      const backend = new WatchedBackend(inner, "faster");
      const { state, metrics } = await stateAfter(backend, { ...options, screening: "on" }, change);
      assertEquals(state, expected.state);
      assert(backend.recorded.includes("encodeScreened"));
      assertEquals(metrics.screening === undefined, change === "off");
    }
    assert(expected.metrics.l0 > 0 && expected.metrics.l0 < N / 2, `L0 ${expected.metrics.l0}`);
    assertEquals(inner.allocatedBytes, 0);
  });

  // Ranks with threads of their own wait for each other, and show no more.
  if (name.includes("threads")) continue;

  Deno.test(`two ranks give the same bits with and without screening (${name})`, async () => {
    for (const activation of everyActivation(N, 5).filter(({ kind }) => kind !== "identity")) {
      const run = async (screening: AskedScreening) => {
        const options = optionsOf({ activation, screening, permuteEvery: 0 });
        const steps = BATCHES.map((batch) => ({ batch }));
        const { metrics, parameters } = await trainOverRanks(create, options, steps, { ranks: 2 });
        return { plain: withoutScreening(metrics), parameters, metrics };
      };
      const on = await run("on");
      const off = await run("off");
      assertEquals([on.plain, on.parameters], [off.plain, off.parameters], activation.kind);
      assertEquals(off.metrics.some(({ screening }) => screening), false);
      const last = on.metrics.at(-1)!;
      // Ranks select among candidates of their own, so that each has as many as it has active latents at least.
      assert(last.screening!.candidates >= last.l0, `${last.screening!.candidates} < ${last.l0}`);
    }
  });
}

/** Returns rows of two inputs as rows of 96, the others 0. */
function widened(rows: Float32Array): Float32Array {
  return Float32Array.from(
    { length: rows.length * 48 },
    (_, e) => e % 96 < 2 ? rows[2 * Math.floor(e / 96) + e % 96] : 0,
  );
}

Deno.test("Trainer gives up screening where too many latents are candidates, and takes it up again", async () => {
  using backend = new WatchedBackend(await createBackend("reference"), "faster");
  // "auto" asks for 96 inputs. On the reference backend candidates are the active latents: of 20, eleven are too many.
  const { initial, ...options } = ladderOptions({ algorithm: "sparse", inputSize: 96 });
  const encoder = widened(initial!.encoder), decoder = widened(initial!.decoder);
  const trainer = await Trainer.create(backend, {
    ...options,
    initial: { ...initial!, inputSize: 96, encoder, decoder, decoderBias: new Float32Array(96) },
  });
  const screened: boolean[] = [];
  for (const active of [10, 11, 11, 8, 8]) {
    for (let s = 0; s < 32; s++) await trainer.step(widened(ladderBatch(active)));
    screened.push((await trainer.metrics()).screening !== undefined);
  }
  trainer[Symbol.dispose]();
  assertEquals(screened, [true, true, false, false, true]);
  // At the start, and again after plain steps.
  assertEquals(backend.recorded.filter((id) => id === "quantizeLatents").length, 2);
  assertEquals(backend.recorded.filter((id) => id === "rowNorms").length, 1);
});

Deno.test("Trainer does not screen dense steps", async () => {
  using backend = new WatchedBackend(await createBackend("reference"));
  const { metrics } = await train(
    backend,
    ladderOptions({ algorithm: "dense", screening: "on" }),
    [ladderBatch(2)],
  );
  assertEquals(metrics[0].screening, undefined);
  assertEquals(backend.recorded.includes("quantizeRows"), false);
});

Deno.test("Trainer.create() and resume() refuse to screen on a backend that cannot", async () => {
  using inner = await createBackend("reference");
  const lacking = new Proxy(inner, {
    get: (target, key) => key === "screening" ? undefined : Reflect.get(target, key, target),
  });
  const options = ladderOptions({ screening: "on" });
  const reason =
    'screening is "on" but the backend reference (pure TypeScript, float64) has no kernels for it';
  await assertRejects(
    () => Trainer.create(lacking, options),
    TypeError,
    `Cannot create a trainer: ${reason}`,
  );
  using trainer = await Trainer.create(inner, options);
  const state = await trainer.state();
  await assertRejects(
    () => Trainer.resume(lacking, options, state),
    TypeError,
    `Cannot resume training: ${reason}`,
  );
  await assertRejects(
    () => Trainer.create(inner, { ...options, screening: "always" as "on" }),
    TypeError,
    "Cannot create a trainer: screening must be",
  );
});
