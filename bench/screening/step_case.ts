/** Compares training steps with and without screening. */

import type { Backend } from "../../kernels/kernel.ts";
import { PARAMETER_NAMES } from "../../src/model/parameters.ts";
import { Trainer } from "../../src/training/trainer.ts";
import type { TrainerOptions } from "../../src/training/trainer_options.ts";
import type { Algorithm } from "../harness/peer.ts";
import { STEP } from "../harness/problem.ts";
import { activationOf, makeSparseProblem, type SparseProblem } from "../harness/selections.ts";
import { median } from "../harness/statistics.ts";
import { trainerOptions } from "../harness/step_options.ts";
import type { Finding } from "./encode_case.ts";
import type { Case, Effort, Round } from "./results.ts";
import { takeRounds } from "./rounds.ts";

const CHOICES = ["off", "on", "auto"] as const;
/** Steps after which a trainer has chosen: it looks at metrics every 32 steps. Few rows tell as much as many. */
const SETTLING_STEPS = 33;
const SETTLING_ROWS = 64;
/** Steps whose losses and parameters are compared. */
const COMPARED = 3;

type Choice = (typeof CHOICES)[number];

function optionsOf(
  problem: SparseProblem,
  screening: Choice,
  learningRate: number,
  algorithm: Algorithm = "sparse",
): TrainerOptions {
  const { parameters, prefixes, selection } = problem;
  const options = trainerOptions({ parameters, prefixes, algorithm, constants: STEP });
  return {
    ...options,
    learningRate,
    activation: activationOf(problem),
    ...selection !== "relu" && { penalty: { kind: "none" } },
    ...{ screening },
  };
}

/**
 * Compares losses and parameters of a few steps bit for bit, then takes the times of steps in turns.
 *
 * @throws {Error} if they differ.
 */
export async function compareSteps(
  backend: Backend,
  { shape, density, selection, axis }: Case,
  effort: Effort,
): Promise<Finding> {
  const problem = makeSparseProblem(shape, density, selection);
  const { batch } = problem;
  const expected = await fewSteps(backend, problem, "off");
  for (const choice of CHOICES.slice(1)) {
    const { bits } = await fewSteps(backend, problem, choice);
    if (bits.every((words, n) => same(words, expected.bits[n]))) continue;
    throw new Error(
      `Cannot time steps with screening "${choice}": their losses or parameters differ`,
    );
  }
  using resources = new DisposableStack();
  const trainers = {} as Record<Choice, Trainer>;
  const fewRows = batch.subarray(0, SETTLING_ROWS * shape.d);
  let settledBytes = 0;
  // The parameters stay put, so that every sample times the same work.
  for (const choice of CHOICES) {
    const before = backend.allocatedBytes;
    const trainer = resources.use(await Trainer.create(backend, optionsOf(problem, choice, 0)));
    for (let step = 0; step < SETTLING_STEPS; step++) await trainer.step(fewRows);
    await trainer.step(batch);
    if (choice === "off") settledBytes = backend.allocatedBytes - before;
    trainers[choice] = trainer;
  }
  const dense = axis === "crossover"
    ? resources.use(await Trainer.create(backend, optionsOf(problem, "off", 0, "dense")))
    : undefined;
  const variants = {
    plain: () => trainers.off.step(batch),
    screened: () => trainers.on.step(batch),
    auto: () => trainers.auto.step(batch),
  };
  const rounds: Round[] = dense
    ? await takeRounds({ ...variants, dense: () => dense.step(batch) }, effort)
    : await takeRounds(variants, effort);
  return {
    gate: `losses and parameters of ${COMPARED} steps`,
    active: expected.l0,
    settledBytes,
    rounds,
    plainMs: median(rounds.map((round) => round.plain)),
    screenedMs: median(rounds.map((round) => round.screened)),
    autoMs: median(rounds.map((round) => round.auto ?? NaN)),
    ...dense && { denseMs: median(rounds.map((round) => round.dense ?? NaN)) },
    speedup: median(rounds.map((round) => round.plain / round.screened)),
    autoSpeedup: median(rounds.map((round) => round.plain / (round.auto ?? NaN))),
  };
}

/** Takes a few steps. Returns the L0 of the first, and the bits of all losses and of the parameters. */
async function fewSteps(backend: Backend, problem: SparseProblem, choice: Choice) {
  using trainer = await Trainer.create(backend, optionsOf(problem, choice, STEP.learningRate));
  const losses: number[] = [];
  let l0 = 0;
  for (let step = 0; step < COMPARED; step++) {
    await trainer.step(problem.batch);
    const metrics = await trainer.metrics();
    losses.push(metrics.loss);
    if (step === 0) l0 = metrics.l0;
  }
  const parameters = await trainer.parameters();
  const arrays = [Float64Array.from(losses), ...PARAMETER_NAMES.map((name) => parameters[name])];
  return { l0, bits: arrays.map(({ buffer }) => new Uint32Array(buffer)) };
}

function same(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}
