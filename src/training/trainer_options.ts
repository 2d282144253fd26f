/**
 * Options of the trainer, their defaults, and the conventions of the author's code.
 *
 * @module
 */
import { type Bounds, checkInteger, checkNumber, checkObject, checkOneOf } from "../base/checks.ts";
import {
  type Activation,
  type AskedAlgorithm,
  type LossKind,
  type Penalty,
  type ResolvedLoss,
  resolveLoss,
} from "../model/loss_options.ts";
import { checkParameters, type SaeParameters } from "../model/parameters.ts";
import { askedAlgorithm, isSelective } from "../step/algorithm_choice.ts";
import { type PrefixSource, prefixSource } from "./prefix_source.ts";

/**
 * Options of `Trainer.create`. Defaults are in parentheses.
 *
 * The penalty, the mean over prefixes and the summed squared error differ from the defaults of
 * `matryoshkaLoss`, which are the definition's: here they are the author's, since the learning rate, the
 * clipping and the starting λ were tuned together with them.
 */
export interface TrainerOptions extends LossKind {
  /**
   * The penalty; its coefficient is λ at the start, before it warms up and is steered. Without one: for relu
   * and identity `{kind: "log", coefficient: 0.2, epsilon: 0.1, subtractLogEpsilon: true}`; none for topk,
   * batchtopk and jumprelu, which are sparse as they are.
   */
  readonly penalty?: Penalty;
  /** ρ = 1/P for "mean" (default, the author's code), 1 for "sum". */
  readonly prefixReduction?: "sum" | "mean";
  /** Squared error summed over features ("sum", default, the author's code) or averaged ("mean"). */
  readonly squaredError?: "mean" | "sum";
  /** d, the size of an input. */
  readonly inputSize: number;
  /** N, the number of latents. */
  readonly latentCount: number;
  /** Steps of the whole run: the schedules are fractions of it. More steps may follow at the end's rate. */
  readonly steps: number;
  /** P: how many prefixes to draw each step, the full one included (10, at most N). 1 is an ordinary SAE. */
  readonly prefixCount?: number;
  /** Shortest prefix to draw (1). */
  readonly minimumPrefix?: number;
  /** α of the truncated Pareto law (0.5). */
  readonly prefixExponent?: number;
  /** A fixed list of prefix lengths, instead of `prefixCount`. */
  readonly prefixes?: ArrayLike<number>;
  /** Fixed fractions of N, e.g. [1/16, 1/4, 1], instead of `prefixCount`. */
  readonly prefixFractions?: ArrayLike<number>;
  /** Mean active latents per row that λ is steered to. Without it λ only warms up. */
  readonly targetL0?: number;
  /** Relative change of λ per step while it is steered (3e-4). */
  readonly sparsityRate?: number;
  /** Share of `steps` over which λ warms up; it is steered afterwards (0.2). */
  readonly sparsityWarmup?: number;
  /** Peak learning rate (0.003). */
  readonly learningRate?: number;
  /** Steps over which the learning rate rises from 0 (100, at most a tenth of `steps`). */
  readonly warmupSteps?: number;
  /** Share of `steps` at the end over which it falls linearly to a tenth (0.2). */
  readonly decayFraction?: number;
  /** β₁ of Adam (0.5). */
  readonly beta1?: number;
  /** β₂ of Adam (0.9375). */
  readonly beta2?: number;
  /** ε of Adam (1e-8). */
  readonly adamEpsilon?: number;
  /** Largest global norm of the gradients (1); Infinity does not clip. */
  readonly clipNorm?: number;
  /**
   * Inputs are multiplied by √d/r, r a running mean of ‖x‖: "corrected" for its start from 0 (default),
   * "uncorrected" as in the author's code, or "none".
   */
  readonly inputScaling?: "corrected" | "uncorrected" | "none";
  /** Every how many steps latents are reordered by mean-square activation (0: never). */
  readonly permuteEvery?: number;
  /** A latent silent for this many steps counts as dead (200). */
  readonly deadAfter?: number;
  /** Seed of the initial parameters and of the prefixes (0). */
  readonly seed?: number;
  /** Initial parameters (see `initialParameters`). */
  readonly initial?: SaeParameters;
  /**
   * "dense" keeps [B, N] activations, "sparse" only the active ones, "auto" (default) decides by the
   * measured density. Identity is dense whatever is asked for.
   */
  readonly algorithm?: AskedAlgorithm;
  /** @deprecated The former name of `algorithm`. */
  readonly path?: AskedAlgorithm;
}

/** Options of `authorCode`; the names are those of the author's code. */
export interface AuthorCodeOptions {
  /** d. */
  readonly inputSize: number;
  /** N. */
  readonly latentCount: number;
  /** Steps of the run. */
  readonly steps: number;
  /** Mean active latents per row to steer to. */
  readonly targetL0: number;
  /** P (10, at most N). 1 is vanilla. */
  readonly prefixCount?: number;
  /** λ₀ at the start (0.2). */
  readonly startingSparsityScale?: number;
  /** Peak learning rate (0.03). */
  readonly learningRate?: number;
  /** The penalty ("l1"): "log" is log(a + 0.1) − log 0.1. */
  readonly sparsityType?: "l1" | "log";
  /** Seed of the initial parameters and of the prefixes (0). */
  readonly seed?: number;
  /** Initial parameters. */
  readonly initial?: SaeParameters;
}

/** The author's penalty of this kind, by default with his coefficient. */
export function authorPenalty(kind: "l1" | "log", coefficient: number = 0.2): Penalty {
  if (kind === "l1") return { kind, coefficient };
  return { kind, coefficient, epsilon: 0.1, subtractLogEpsilon: true };
}

/** What the trainer takes for a penalty if it is given none. */
export function defaultPenalty(activation?: Activation): Penalty {
  return isSelective(activation?.kind ?? "relu") ? { kind: "none" } : authorPenalty("log");
}

/**
 * Trainer options with the conventions of the author's published code (`sae.py` of
 * noanabeshima/matryoshka-saes): mean over prefixes, squared error summed over features, input
 * scaling without bias correction, λ warmed up and then steered, Adam (0.5, 0.9375), clipping at 1.
 *
 * @param options What the author's code leaves open.
 * @throws {RangeError | TypeError} if an option is out of its range or kind.
 *
 * @example
 * ```ts
 * import { authorCode, createBackend, Trainer } from "@matryoshka/sae";
 *
 * using backend = await createBackend("reference");
 * const options = authorCode({ inputSize: 20, latentCount: 20, steps: 1000, targetL0: 1.2338 });
 * using trainer = await Trainer.create(backend, options);
 * ```
 */
export function authorCode(options: AuthorCodeOptions): TrainerOptions {
  const task = "make the author's options";
  checkObject(options, "options", task);
  const { sparsityType = "l1", startingSparsityScale, learningRate = 0.03 } = options;
  checkOneOf(sparsityType, ["l1", "log"], "sparsityType", task);
  checkInteger(options.inputSize, "inputSize", task);
  checkInteger(options.latentCount, "latentCount", task);
  checkInteger(options.steps, "steps", task);
  checkNumber(options.targetL0, "targetL0", task, { least: 0, most: options.latentCount });
  const penalty = authorPenalty(sparsityType, startingSparsityScale);
  return {
    inputSize: options.inputSize,
    latentCount: options.latentCount,
    steps: options.steps,
    // Ten, or N, unless given: left to the trainer, so that a list of prefixes can take its place.
    prefixCount: options.prefixCount,
    minimumPrefix: 1,
    prefixExponent: 0.5,
    targetL0: options.targetL0,
    sparsityRate: 3e-4,
    sparsityWarmup: 0.2,
    learningRate,
    warmupSteps: 100,
    decayFraction: 0.2,
    beta1: 0.5,
    beta2: 0.9375,
    adamEpsilon: 1e-8,
    clipNorm: 1,
    seed: options.seed,
    initial: options.initial,
    activation: { kind: "relu" },
    penalty,
    prefixReduction: "mean",
    squaredError: "sum",
    subtractDecoderBias: false,
    inputScaling: "uncorrected",
    permuteEvery: 0,
  };
}

/** Trainer options with every default filled in and checked. */
export interface ResolvedTrainer {
  readonly loss: ResolvedLoss;
  readonly steps: number;
  readonly targetL0?: number;
  readonly sparsityRate: number;
  readonly sparsityWarmupSteps: number;
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly decayFraction: number;
  readonly adam: { beta1: number; beta2: number; epsilon: number; maxNorm: number };
  readonly inputScaling: "corrected" | "uncorrected" | "none";
  readonly permuteEvery: number;
  readonly deadAfter: number;
  readonly algorithm: AskedAlgorithm;
  readonly seed: number;
  /** Where the prefixes of each step come from. */
  readonly prefixes: PrefixSource;
}

const TASK = "create a trainer";

/** Checks trainer options and fills in the defaults. */
export function resolveTrainer(options: TrainerOptions): ResolvedTrainer {
  checkObject(options, "options", TASK);
  const { inputSize, latentCount, steps, initial } = options;
  checkInteger(inputSize, "inputSize", TASK);
  checkInteger(latentCount, "latentCount", TASK);
  checkInteger(steps, "steps", TASK);
  if (initial !== undefined) checkInitial(initial, inputSize, latentCount);
  const { prefixReduction = "mean", squaredError = "sum", targetL0 } = options;
  const { inputScaling = "corrected" } = options;
  const penalty = options.penalty === undefined
    ? defaultPenalty(options.activation)
    : options.penalty;
  const kind = { ...options, penalty, prefixReduction, squaredError };
  const loss = resolveLoss(kind, latentCount, TASK);
  const share: Bounds = { least: 0, most: 1 }, decay: Bounds = { least: 0, below: 1 };
  if (targetL0 !== undefined) {
    checkNumber(targetL0, "targetL0", TASK, { least: 0, most: latentCount });
    if (loss.penalty.penalty === "none") {
      throw new RangeError(
        `Cannot ${TASK}: targetL0 ${targetL0} needs a penalty but its kind is "none"`,
      );
    }
  }
  const { learningRate = 0.003, sparsityRate = 3e-4, sparsityWarmup = 0.2 } = options;
  const { warmupSteps = Math.min(100, Math.floor(steps / 10)), decayFraction = 0.2 } = options;
  const { beta1 = 0.5, beta2 = 0.9375, adamEpsilon = 1e-8, clipNorm = 1 } = options;
  const { permuteEvery = 0, deadAfter = 200, seed = 0 } = options;
  checkNumber(sparsityWarmup, "sparsityWarmup", TASK, share);
  return {
    loss,
    steps,
    targetL0,
    sparsityRate: checkNumber(sparsityRate, "sparsityRate", TASK, share),
    sparsityWarmupSteps: Math.floor(sparsityWarmup * steps),
    learningRate: checkNumber(learningRate, "learningRate", TASK, { least: 0 }),
    warmupSteps: checkInteger(warmupSteps, "warmupSteps", TASK, 0),
    decayFraction: checkNumber(decayFraction, "decayFraction", TASK, share),
    adam: {
      beta1: checkNumber(beta1, "beta1", TASK, decay),
      beta2: checkNumber(beta2, "beta2", TASK, decay),
      // Not 0: a latent that never had a gradient would be updated by 0/0.
      epsilon: checkNumber(adamEpsilon, "adamEpsilon", TASK, { least: 1e-30, most: 1 }),
      maxNorm: checkNumber(clipNorm, "clipNorm", TASK, { above: 0, most: Infinity }),
    },
    inputScaling: checkOneOf(
      inputScaling,
      ["corrected", "uncorrected", "none"],
      "inputScaling",
      TASK,
    ),
    permuteEvery: checkInteger(permuteEvery, "permuteEvery", TASK, 0),
    deadAfter: checkInteger(deadAfter, "deadAfter", TASK),
    algorithm: askedAlgorithm(options, TASK),
    seed,
    prefixes: prefixSource(options, loss, TASK),
  };
}

function checkInitial(initial: SaeParameters, inputSize: number, latentCount: number): void {
  checkParameters(initial, TASK, "initial");
  if (initial.inputSize === inputSize && initial.latentCount === latentCount) return;
  throw new RangeError(
    `Cannot ${TASK}: the initial parameters are [${initial.latentCount}, ${initial.inputSize}] ` +
      `but latentCount and inputSize are [${latentCount}, ${inputSize}]`,
  );
}

/** The learning rate of step s (from 0): rising, then level, then falling to a tenth. */
export function learningRateAt(s: number, options: ResolvedTrainer): number {
  const { learningRate, warmupSteps, decayFraction, steps } = options;
  const decayStart = (1 - decayFraction) * steps;
  if (s < warmupSteps) return learningRate * s / warmupSteps;
  if (s < decayStart) return learningRate;
  // The author's expression: + 0.01 keeps the divisor positive.
  const share = Math.min(s - decayStart, decayFraction * steps) / (decayFraction * steps + 0.01);
  return learningRate * (1 - 0.9 * share);
}
