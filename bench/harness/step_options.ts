/** The training step that every participant takes, as options of the package. */

import type { LossKind } from "../../src/step/loss_options.ts";
import type { SaeParameters } from "../../src/model/parameters.ts";
import type { TrainerOptions } from "../../src/training/trainer_options.ts";
import type { Algorithm } from "./peer.ts";
import type { STEP } from "./problem.ts";

/** What distinguishes one step from another. */
export interface StepChoice {
  readonly parameters: SaeParameters;
  readonly prefixes: readonly number[];
  readonly algorithm: Algorithm;
  readonly constants: typeof STEP;
}

/** Returns the loss that all participants compute: the trainer's defaults. */
export function lossKind(constants: typeof STEP): LossKind {
  return {
    penalty: {
      kind: "log",
      coefficient: constants.sparsityScale,
      epsilon: constants.logEpsilon,
      subtractLogEpsilon: true,
    },
    prefixReduction: "mean",
    squaredError: "sum",
  };
}

/** Returns the options of a trainer that takes the step described by `STEP`. */
export function trainerOptions(
  { parameters, prefixes, algorithm, constants }: StepChoice,
): TrainerOptions {
  return {
    ...lossKind(constants),
    inputSize: parameters.inputSize,
    latentCount: parameters.latentCount,
    steps: 1_000_000,
    prefixes,
    algorithm,
    initial: parameters,
    inputScaling: "none",
    sparsityWarmup: 0,
    warmupSteps: 0,
    learningRate: constants.learningRate,
    beta1: constants.beta1,
    beta2: constants.beta2,
    adamEpsilon: constants.adamEpsilon,
    clipNorm: constants.clipNorm,
  };
}
