/** Runs that `Trainer.resume` extends: more steps than the run was planned with. */
import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import {
  type Backend,
  createBackend,
  encodeCheckpoint,
  readCheckpoint,
  type SaeParameters,
  sourceFromBytes,
  type StepMetrics,
  Trainer,
  type TrainerOptions,
  type TrainerState,
} from "../../mod.ts";
import { normalBatches } from "./runs.ts";

const STEPS = 20;
const LONGER = 40;
const BATCHES = normalBatches(Array.from({ length: LONGER }, () => 6), 4, 5);

const OPTIONS: TrainerOptions = {
  inputSize: 4,
  latentCount: 12,
  steps: STEPS,
  prefixCount: 3,
  learningRate: 0.02,
  sparsityRate: 3e-3,
  deadAfter: 5,
  permuteEvery: 7,
};

interface Part {
  readonly metrics: StepMetrics[];
  readonly parameters: SaeParameters;
  readonly state: TrainerState;
}

/** Trains up to a step, from the beginning or from a state that went through a file. */
async function trainTo(
  step: number,
  backend: Backend,
  options: TrainerOptions,
  from?: TrainerState,
): Promise<Part> {
  using trainer =
    await (from === undefined
      ? Trainer.create(backend, options)
      : Trainer.resume(backend, options, await throughBytes(from)));
  const metrics: StepMetrics[] = [];
  while (trainer.stepCount < step) {
    await trainer.step(BATCHES[trainer.stepCount]);
    metrics.push(await trainer.metrics());
  }
  return { metrics, parameters: await trainer.parameters(), state: await trainer.state() };
}

async function throughBytes(trainer: TrainerState): Promise<TrainerState> {
  const bytes = encodeCheckpoint({ trainer, createdBy: "a test" });
  return (await readCheckpoint(sourceFromBytes(bytes))).trainer;
}

Deno.test("a run extended before its learning rate falls is, bit for bit, the longer run with the same warm-ups", async () => {
  using backend = await createBackend("reference");
  const planned = { ...OPTIONS, warmupSteps: 3, sparsityWarmup: 4 / STEPS, targetL0: 2 };
  const longer = { ...planned, steps: LONGER, sparsityWarmup: 4 / LONGER };
  const whole = await trainTo(LONGER, backend, longer);
  // Step 17 is the first that the shorter schedule slows down.
  const start = await trainTo(16, backend, planned);
  const rest = await trainTo(LONGER, backend, { ...planned, steps: LONGER }, start.state);
  assertEquals([...start.metrics, ...rest.metrics], whole.metrics);
  assertEquals(rest.parameters, whole.parameters);
});

Deno.test("a finished run that is extended follows the learning rate of the longer run and does not warm up again", async () => {
  using backend = await createBackend("reference");
  const finished = await trainTo(STEPS, backend, OPTIONS);
  const extended = { ...OPTIONS, steps: LONGER };
  const { metrics } = await trainTo(LONGER, backend, extended, finished.state);
  const rates = metrics.map(({ learningRate }) => learningRate);
  const falling = finished.metrics.at(-1)!.learningRate;
  assertAlmostEquals(falling, 0.02 * (1 - 0.9 * 3 / 4.01), 1e-8);
  // 80 % of 40 steps: the 33rd step still has the peak.
  for (const rate of rates.slice(0, 13)) assertAlmostEquals(rate, 0.02, 1e-8);
  assertAlmostEquals(rates.at(-1)!, 0.02 * (1 - 0.9 * 7 / 8.01), 1e-8);
  // λ of 40 steps would warm up over 8 of them, and that of a new run would begin at a quarter.
  const scales = [...finished.metrics, ...metrics].map(({ sparsityScale }) => sparsityScale);
  assertEquals(scales[3], scales.at(-1));
  assertEquals(new Set(scales.slice(3)).size, 1);
});

Deno.test("an extended run can be resumed and extended again, and only with the options of the first plan", async () => {
  using backend = await createBackend("reference");
  const finished = await trainTo(STEPS, backend, OPTIONS);
  const extended = { ...OPTIONS, steps: LONGER };
  const whole = await trainTo(LONGER, backend, extended, finished.state);
  const half = await trainTo(30, backend, extended, finished.state);
  const rest = await trainTo(LONGER, backend, extended, half.state);
  assertEquals(rest.parameters, whole.parameters);
  assertEquals([half.state.options.steps, half.state.options.plannedSteps], [LONGER, STEPS]);
  const further = await trainTo(31, backend, { ...OPTIONS, steps: 60 }, half.state);
  assertEquals(further.state.options, { ...half.state.options, steps: 60 });
  for (const steps of [STEPS, 39]) {
    await assertRejects(
      () => Trainer.resume(backend, { ...OPTIONS, steps }, half.state),
      RangeError,
      `Cannot resume training: steps is ${steps} but 40 in the state`,
    );
  }
  await assertRejects(
    () => Trainer.resume(backend, { ...extended, warmupSteps: 4 }, half.state),
    RangeError,
    "Cannot resume training: warmupSteps is 4 but 2 in the state",
  );
});
