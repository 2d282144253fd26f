/** Times a training step on one rank and on two, in turns, once both have given the same losses. */

import type { Backend } from "../../kernels/kernel.ts";
import type { MeasuredCommunicator } from "../../src/distributed/traffic.ts";
import { Trainer } from "../../src/training/trainer.ts";
import type { TrainerOptions } from "../../src/training/trainer_options.ts";
import { makeProblem, type Problem, type Shape, STEP } from "../harness/problem.ts";
import { median } from "../harness/statistics.ts";
import { trainerOptions } from "../harness/step_options.ts";
import type { StepTimes } from "./results.ts";
import { Turns } from "./turns.ts";

/** Largest relative difference of a loss, the same as for golden vectors. */
const TOLERANCE = 2e-5;
/** Steps with a learning rate whose losses are compared. */
const COMPARED = 3;

/** What to time, and how often. */
export interface Effort {
  readonly shape: Shape;
  readonly warmups: number;
  readonly samples: number;
  /** An empty folder that all ranks share. */
  readonly folder: string;
}

/** Returns a problem with `active` latents per row: by the bias of relu, or by top-k among half of all latents. */
export function problemFor(activation: StepTimes["activation"], shape: Shape): Problem {
  return makeProblem(shape, activation === "relu" ? shape.active / shape.N : 0.5);
}

/** Returns the options of the step. */
export function optionsFor(
  activation: StepTimes["activation"],
  { parameters, prefixes, shape }: Problem,
): TrainerOptions {
  const options = trainerOptions({ parameters, prefixes, algorithm: "sparse", constants: STEP });
  if (activation === "relu") return options;
  return {
    ...options,
    activation: { kind: "topk", k: shape.active },
    penalty: { kind: "none" },
  };
}

/** Times the steps. Collective over two ranks; the result is complete on each. */
export async function timeSteps(
  backend: Backend,
  communicator: MeasuredCommunicator,
  activation: StepTimes["activation"],
  { shape, warmups, samples: count, folder }: Effort,
): Promise<StepTimes> {
  const turns = new Turns(communicator, folder);
  const problem = problemFor(activation, shape);
  const options = optionsFor(activation, problem);
  const gate = await compareLosses(backend, communicator, turns, problem, options);
  const timed = { ...options, learningRate: 0 };
  const one = communicator.rank === 0 ? await Trainer.create(backend, timed) : undefined;
  const two = await Trainer.create(backend, { ...timed, communicator });
  const samples: StepTimes["samples"][number][] = [];
  for (let round = -warmups; round < count; round++) {
    let oneMs = 0;
    await turns.alone(async () => {
      oneMs = await milliseconds(() => one!.step(problem.batch));
    });
    const before = secondsIn(communicator);
    const twoMs = await milliseconds(() => two.step(problem.batch));
    const communication = 1000 * (secondsIn(communicator) - before);
    const all = await communicator.allGather(Float64Array.of(oneMs, twoMs, communication));
    if (round < 0) continue;
    samples.push({ one: all[0], two: Math.max(all[1], all[4]), communication: [all[2], all[5]] });
  }
  one?.[Symbol.dispose]();
  two[Symbol.dispose]();
  return {
    activation,
    shape,
    gate,
    samples,
    oneMs: median(samples.map(({ one }) => one)),
    twoMs: median(samples.map(({ two }) => two)),
    communicationMs: [0, 1].map((rank) =>
      median(samples.map(({ communication }) => communication[rank]))
    ) as [number, number],
    speedup: median(samples.map(({ one, two }) => one / two)),
  };
}

/** Takes a few steps with a learning rate on one rank and on two, and compares their losses. */
async function compareLosses(
  backend: Backend,
  communicator: MeasuredCommunicator,
  turns: Turns,
  { batch }: Problem,
  options: TrainerOptions,
): Promise<string> {
  const losses = async (options: TrainerOptions): Promise<Float64Array> => {
    const trainer = await Trainer.create(backend, options);
    const found = new Float64Array(COMPARED);
    for (let step = 0; step < COMPARED; step++) {
      await trainer.step(batch);
      found[step] = (await trainer.metrics()).loss;
    }
    trainer[Symbol.dispose]();
    return found;
  };
  const expected = new Float64Array(COMPARED);
  await turns.alone(async () => expected.set(await losses(options)));
  await communicator.broadcast(expected, 0);
  const found = await losses({ ...options, communicator });
  const error = Math.max(...found.map((loss, step) => Math.abs(loss / expected[step] - 1)));
  // Inverted, so that NaN fails.
  if (!(error <= TOLERANCE)) {
    throw new Error(
      `Cannot time two ranks: their losses ${found.join(", ")} are not those of one, ${
        expected.join(", ")
      }`,
    );
  }
  return `losses of ${COMPARED} steps within ${error.toExponential(1)}`;
}

async function milliseconds(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Returns the seconds that this rank has spent in calls so far. */
function secondsIn({ traffic }: MeasuredCommunicator): number {
  return Object.values(traffic).reduce((sum, { seconds }) => sum + seconds, 0);
}
