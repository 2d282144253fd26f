/**
 * A trainer's options, checked, with every default filled in.
 *
 * @module
 */
import { checkArraySize } from "../base/array_size.ts";
import { type Bounds, checkInteger, checkNumber, checkObject, checkOneOf } from "../base/checks.ts";
import { checkKeys } from "../base/known_keys.ts";
import { checkParameters, type SaeParameters } from "../model/parameters.ts";
import type { Activation } from "../model/activation.ts";
import { checkTogether } from "./recipe_conflicts.ts";
import { type ResolvedRecipe, resolveRecipe } from "./resolved_recipe.ts";
import { type AskedScreening, askedScreening } from "../model/screening.ts";
import { type AskedAlgorithm, askedAlgorithm } from "../step/algorithm_choice.ts";
import { type LossKind, type ResolvedLoss, resolveLoss } from "../step/loss_options.ts";
import { defaultPenalty } from "./default_penalty.ts";
import { type PrefixSource, prefixSource } from "./prefix_source.ts";
import { TRAINER_KEYS, type TrainerOptions } from "./trainer_options.ts";

/** Trainer options with every default filled in and checked. */
export interface ResolvedTrainer {
  readonly loss: ResolvedLoss;
  readonly steps: number;
  /** The steps that the run was planned with, if it has been extended since: the warm-ups still follow from them. */
  readonly plannedSteps?: number;
  readonly targetL0?: number;
  readonly sparsityRate: number;
  readonly sparsityWarmupSteps: number;
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly warmupFrom: "zero" | "first";
  readonly sparsityWarmupFrom: "first" | "zero";
  /** Final steps over which the learning rate falls to 0, instead of `decayFraction`. */
  readonly decaySteps?: number;
  readonly decayFraction: number;
  readonly adam: { beta1: number; beta2: number; epsilon: number; maxNorm: number };
  readonly inputScaling: "corrected" | "uncorrected" | "none";
  readonly initialInputScale?: number;
  readonly permuteEvery: number;
  readonly deadAfter: number;
  readonly algorithm: AskedAlgorithm;
  readonly screening: AskedScreening;
  readonly seed: number;
  /** The parts of a recipe beyond the loss. */
  readonly recipe: ResolvedRecipe;
  /** Gives the prefixes of each step. */
  readonly prefixes: PrefixSource;
}

const TASK = "create a trainer";

/**
 * Returns the rate at which λ is steered. Steering lasts 0.8 of the run by default, so that λ can change by a factor
 * of (1 + 5/steps)^(0.8·steps) ≈ e⁴ ≈ 55 either way: from 0.2, targets from 0.5 % to 8 % of 1,024 latents need 0.08 to
 * 1.7. A faster rate overshoots: L0 follows λ with a delay of tens of steps, for which reason it is bounded, too.
 */
function defaultSparsityRate(steps: number): number {
  return Math.min(5 / steps, 0.05);
}

/** Returns the number of silent steps after which a latent is dead: a run must be longer to find any. */
function defaultDeadAfter(steps: number): number {
  return Math.min(200, Math.ceil(steps / 5));
}

/** Checks trainer options and fills in the defaults. */
export function resolveTrainer(options: TrainerOptions): ResolvedTrainer {
  checkObject(options, "options", TASK);
  checkKeys(options, TRAINER_KEYS, TASK);
  const { inputSize, latentCount, steps, initial } = options;
  checkInteger(inputSize, "inputSize", TASK);
  checkInteger(latentCount, "latentCount", TASK);
  checkArraySize({ latentCount, inputSize }, TASK);
  checkInteger(steps, "steps", TASK);
  if (initial !== undefined) checkInitial(initial, inputSize, latentCount);
  const loss = resolveLoss(trainingLoss(options), latentCount, TASK);
  const { targetL0, inputScaling = "corrected" } = options;
  const share: Bounds = { least: 0, most: 1 };
  const decay: Bounds = { least: 0, below: 1 };
  if (targetL0 !== undefined) {
    checkNumber(targetL0, "targetL0", TASK, { least: 0, most: latentCount });
    const kind = loss.penaltyL0 === undefined ? loss.penalty.penalty : "targetL0";
    if (loss.k > 0 && kind === "none") {
      throw new RangeError(
        `Cannot ${TASK}: targetL0 ${targetL0} needs a penalty, and activation "${loss.selection}" has none ` +
          `by default: its k ${loss.k} sets L0`,
      );
    }
    if (kind === "none" || kind === "targetL0") {
      throw new RangeError(
        `Cannot ${TASK}: targetL0 ${targetL0} needs a penalty to steer but its kind is "${kind}"`,
      );
    }
  }
  if (options.deadAfter === undefined && options.deadAfterRows !== undefined) {
    checkInteger(options.deadAfterRows, "deadAfterRows", TASK);
  }
  const { learningRate = 0.003, sparsityWarmup = 0.2 } = options;
  const { sparsityRate = defaultSparsityRate(steps) } = options;
  // In the units in which silence is counted.
  const { deadAfter = options.deadAfterRows ?? defaultDeadAfter(steps) } = options;
  const { warmupFrom = "zero", sparsityWarmupFrom = "first" } = options;
  const { sparsityWarmupSteps = Math.floor(sparsityWarmup * steps) } = options;
  const { warmupSteps = Math.min(100, Math.floor(steps / 10)), decayFraction = 0.2 } = options;
  const { beta1 = 0.5, beta2 = 0.9375, adamEpsilon = 1e-8, clipNorm = 1 } = options;
  const { permuteEvery = 0, seed = 0 } = options;
  checkNumber(sparsityWarmup, "sparsityWarmup", TASK, share);
  const recipe = resolveRecipe(options, loss, TASK);
  checkTogether(options, loss, recipe, TASK);
  return {
    loss,
    steps,
    targetL0,
    sparsityRate: checkNumber(sparsityRate, "sparsityRate", TASK, share),
    sparsityWarmupSteps: checkInteger(sparsityWarmupSteps, "sparsityWarmupSteps", TASK, 0),
    sparsityWarmupFrom: checkOneOf(
      sparsityWarmupFrom,
      ["first", "zero"],
      "sparsityWarmupFrom",
      TASK,
    ),
    warmupFrom: checkOneOf(warmupFrom, ["zero", "first"], "warmupFrom", TASK),
    ...options.decaySteps !== undefined && {
      decaySteps: checkInteger(options.decaySteps, "decaySteps", TASK, 0),
    },
    learningRate: checkNumber(learningRate, "learningRate", TASK, { least: 0 }),
    warmupSteps: checkInteger(warmupSteps, "warmupSteps", TASK, 0),
    decayFraction: checkNumber(decayFraction, "decayFraction", TASK, share),
    adam: {
      beta1: checkNumber(beta1, "beta1", TASK, decay),
      beta2: checkNumber(beta2, "beta2", TASK, decay),
      // With 0, a latent that never had a gradient would be updated by 0/0.
      epsilon: checkNumber(adamEpsilon, "adamEpsilon", TASK, { least: 1e-30, most: 1 }),
      maxNorm: checkNumber(clipNorm, "clipNorm", TASK, { above: 0, most: Infinity }),
    },
    inputScaling: checkOneOf(
      inputScaling,
      ["corrected", "uncorrected", "none"],
      "inputScaling",
      TASK,
    ),
    initialInputScale: checkInitialScale(options),
    permuteEvery: checkInteger(permuteEvery, "permuteEvery", TASK, 0),
    deadAfter: checkInteger(deadAfter, "deadAfter", TASK),
    algorithm: askedAlgorithm(options, TASK),
    screening: askedScreening(options, TASK),
    seed,
    recipe,
    prefixes: prefixSource(options, loss, TASK),
  };
}

/** Returns the count of silent steps, or rows, from which a latent is dead. */
export function deadFrom({ deadAfter, recipe }: ResolvedTrainer): number {
  return deadAfter + (recipe.compatibility.silenceFromOne ? 1 : 0);
}

/** Returns the options of the loss with the trainer's defaults. */
function trainingLoss(options: TrainerOptions): LossKind {
  const { prefixReduction = "mean", squaredError = "sum", penalty } = options;
  const activation = filledThresholds(options);
  return {
    ...options,
    activation,
    penalty: penalty === undefined ? defaultPenalty(activation) : penalty,
    prefixReduction,
    squaredError,
  };
}

/** Returns the activation with a threshold for each latent, where one number was given for all. */
function filledThresholds(
  { activation, latentCount }: Pick<TrainerOptions, "activation" | "latentCount">,
): Activation | undefined {
  if (activation?.kind !== "jumprelu" || typeof activation.threshold !== "number") {
    return activation as Activation | undefined;
  }
  const threshold = checkNumber(activation.threshold, "activation.threshold", TASK, {});
  return { kind: "jumprelu", threshold: new Float32Array(latentCount).fill(threshold) };
}

function checkInitialScale(options: TrainerOptions): number | undefined {
  const { initialInputScale: scale, inputScaling } = options;
  if (scale === undefined) return undefined;
  if (inputScaling === "none") {
    throw new RangeError(
      `Cannot ${TASK}: initialInputScale ${scale} needs inputScaling but it is "none"`,
    );
  }
  return checkNumber(scale, "initialInputScale", TASK, { least: 1e-30, most: 1e30 });
}

function checkInitial(initial: SaeParameters, inputSize: number, latentCount: number): void {
  checkParameters(initial, TASK, "initial");
  if (initial.inputSize === inputSize && initial.latentCount === latentCount) return;
  throw new RangeError(
    `Cannot ${TASK}: the initial parameters are [${initial.latentCount}, ${initial.inputSize}] ` +
      `but latentCount and inputSize are [${latentCount}, ${inputSize}]`,
  );
}
