/**
 * The golden vectors and recorded runs on a backend, here or in a browser's page.
 *
 * @module
 */
import {
  type AskedScreening,
  authorCode,
  type Backend,
  matryoshkaLoss,
  type StepMetrics,
  Trainer,
  type TrainerOptions,
} from "../../mod.ts";
import { PARAMETER_NAMES, type SaeParameters } from "../../src/model/parameters.ts";
import {
  type GoldenLoss,
  type GoldenTrajectory,
  lossOptionsOf,
  parametersOf,
  relativeError,
} from "../golden/golden.ts";
import type { GoldenTolerances } from "../golden/tolerances.ts";
import { RoundingBackend } from "./rounding_backend.ts";

/** How a step can be computed. */
export type Algorithm = "dense" | "sparse";

/** Both, to be forced in turn. */
export const ALGORITHMS: readonly Algorithm[] = ["dense", "sparse"];

const FIGURES = ["loss", "l0", "sparsityScale"] as const;

/**
 * One of the recorded runs is chaotic: rounding nothing but the scaled inputs to float32, in float64
 * arithmetic, moves its loss by 9e-3 within 150 steps. Where even the rounding backend has left a run
 * by a hundred roundings, a float32 backend may be this many times as far from it.
 */
const EXCUSE = 5;

/** The relative error from which the rounding backend has left a run. */
const LEFT = 100 * 2 ** -24;

/** Takes down what is further off than allowed. */
class Complaints {
  readonly found: string[] = [];

  compare(
    what: string,
    got: ArrayLike<number>,
    expected: ArrayLike<number>,
    most: number,
  ): void {
    const error = relativeError(got, expected);
    // Written so that NaN fails, too.
    if (!(error <= most)) this.found.push(`${what}: relative error ${error} exceeds ${most}`);
  }
}

/** What is wrong with the loss, its figures and its gradients; empty if nothing is. */
export async function lossComplaints(
  backend: Backend,
  golden: GoldenLoss,
  algorithm: Algorithm,
  { lossTolerance }: GoldenTolerances,
): Promise<string[]> {
  const complaints = new Complaints();
  const parameters = parametersOf(golden, golden.parameters);
  const options = { ...lossOptionsOf(golden), algorithm };
  const batch = Float32Array.from(golden.batch);
  const result = await matryoshkaLoss(backend, parameters, batch, options);
  complaints.compare("loss", [result.loss], [golden.loss], lossTolerance);
  for (const figure of ["squaredError", "sparsity", "l0"] as const) {
    golden.perPrefix.forEach((expected, j) => {
      const got = result.perPrefix[j]?.[figure];
      complaints.compare(`${figure} ${j}`, [got], [expected[figure]], lossTolerance);
    });
  }
  for (const name of PARAMETER_NAMES) {
    complaints.compare(`∂${name}`, result.gradients[name], golden.gradients[name], lossTolerance);
  }
  return complaints.found;
}

/** A recorded run, taken again. */
export interface Run {
  readonly figures: readonly StepMetrics[];
  readonly final: SaeParameters;
}

/** Returns the options of a recorded run. */
export function optionsOf(golden: GoldenTrajectory, algorithm: Algorithm): TrainerOptions {
  const { inputSize, latentCount, steps, targetL0, prefixCount } = golden;
  const { startingSparsityScale, learningRate, sparsityType } = golden;
  const options = authorCode({
    inputSize,
    latentCount,
    steps,
    targetL0,
    prefixCount,
    startingSparsityScale,
    learningRate,
    sparsityType,
    initial: parametersOf(golden, golden.initial),
  });
  return { ...options, algorithm };
}

/** Takes a recorded run again. */
export async function follow(
  backend: Backend,
  golden: GoldenTrajectory,
  algorithm: Algorithm,
  screening: AskedScreening = "off",
): Promise<Run> {
  using trainer = await Trainer.create(backend, { ...optionsOf(golden, algorithm), screening });
  const figures: StepMetrics[] = [];
  for (let s = 0; s < golden.steps; s++) {
    await trainer.step(Float32Array.from(golden.batches[s]), { prefixes: golden.prefixes[s] });
    figures.push(await trainer.metrics());
  }
  return { figures, final: await trainer.parameters() };
}

/** How far the best of float32 backends comes with a recorded run. */
export interface BestOfFloat32 {
  /** The first step at which it has left the run; the number of steps if it never does. */
  readonly leavesAt: number;
  /** The largest relative error of any figure at any step. */
  readonly worstFigure: number;
  /** The largest relative error of the parameters at the end. */
  readonly worstParameter: number;
}

const best = new Map<string, Promise<BestOfFloat32>>();

/** Takes a recorded run in float64 arithmetic with float32 storage, once. */
export function bestOfFloat32(golden: GoldenTrajectory): Promise<BestOfFloat32> {
  const known = best.get(golden.name) ?? takeBest(golden);
  best.set(golden.name, known);
  return known;
}

async function takeBest(golden: GoldenTrajectory): Promise<BestOfFloat32> {
  using backend = new RoundingBackend();
  const { figures, final } = await follow(backend, golden, "dense");
  const errors = figures.map((step, s) =>
    Math.max(...FIGURES.map((f) => relativeError([step[f]], [golden.trajectory[s][f]])))
  );
  const left = errors.findIndex((error) => error > LEFT);
  const worstParameter = Math.max(
    ...PARAMETER_NAMES.map((name) => relativeError(final[name], golden.final[name])),
  );
  const leavesAt = left < 0 ? golden.steps : left;
  return { leavesAt, worstFigure: Math.max(...errors), worstParameter };
}

/** Where a run is further from its record than it may be; empty if nowhere. */
export async function runComplaints(
  { figures, final }: Run,
  golden: GoldenTrajectory,
  { trajectoryTolerance }: GoldenTolerances,
): Promise<string[]> {
  const complaints = new Complaints();
  // A float64 backend has no such excuse.
  const float32 = trajectoryTolerance.figures > 1e-5;
  const { leavesAt, worstFigure, worstParameter } = await bestOfFloat32(golden);
  for (let s = 0; s < golden.steps; s++) {
    const excused = float32 && s >= leavesAt ? EXCUSE * worstFigure : 0;
    const most = Math.max(trajectoryTolerance.figures, excused);
    for (const figure of FIGURES) {
      const expected = [golden.trajectory[s][figure]];
      complaints.compare(`${figure} of step ${s}`, [figures[s][figure]], expected, most);
    }
  }
  const excused = float32 && leavesAt < golden.steps ? EXCUSE * worstParameter : 0;
  const most = Math.max(trajectoryTolerance.parameters, excused);
  for (const name of PARAMETER_NAMES) {
    complaints.compare(name, final[name], golden.final[name], most);
  }
  return complaints.found;
}
