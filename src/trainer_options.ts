/**
 * Options of the trainer, their defaults, and the conventions of the author's code.
 *
 * @module
 */
import { type LossKind, oneOf, type ResolvedLoss, resolveLoss } from "./loss_options.ts";
import { checkCount, checkParameters, type SaeParameters } from "./parameters.ts";
import { checkPrefixes, prefixesFromFractions, samplePrefixes } from "./prefixes.ts";
import { Random } from "./random.ts";

/** Options of `Trainer.create`. Defaults are in parentheses. */
export interface TrainerOptions extends LossKind {
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
  /** A fixed list of prefix lengths instead of drawing. */
  readonly prefixes?: readonly number[];
  /** Fixed fractions of N instead of drawing, e.g. [1/16, 1/4, 1]. */
  readonly prefixFractions?: readonly number[];
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
   * measured density.
   */
  readonly path?: "auto" | "dense" | "sparse";
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

/**
 * Trainer options with the conventions of the author's published code (`sae.py` of
 * noanabeshima/matryoshka-saes): mean over prefixes, squared error summed over features, input
 * scaling without bias correction, λ warmed up and then steered, Adam (0.5, 0.9375), clipping at 1.
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
  const { sparsityType = "l1", startingSparsityScale: coefficient = 0.2 } = options;
  oneOf(sparsityType, ["l1", "log"], "sparsityType", "make the author's options");
  return {
    inputSize: options.inputSize,
    latentCount: options.latentCount,
    steps: options.steps,
    prefixCount: options.prefixCount ?? Math.min(10, options.latentCount),
    targetL0: options.targetL0,
    learningRate: options.learningRate ?? 0.03,
    seed: options.seed,
    initial: options.initial,
    activation: { kind: "relu" },
    penalty: sparsityType === "l1"
      ? { kind: "l1", coefficient }
      : { kind: "log", coefficient, epsilon: 0.1, subtractLogEpsilon: true },
    prefixReduction: "mean",
    squaredError: "sum",
    inputScaling: "uncorrected",
    warmupSteps: 100,
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
  readonly path: "auto" | "dense" | "sparse";
  /** The prefixes of the next step. */
  prefixes(random: Random): readonly number[];
}

const TASK = "create a trainer";

/** The number, or its default, if it lies in [least, most]. */
function within(
  value: number | undefined,
  fallback: number,
  name: string,
  least: number,
  most: number,
): number {
  const number = value ?? fallback;
  if (!(number >= least && number <= most)) {
    throw new RangeError(
      `Cannot ${TASK}: ${name} must be from ${least} to ${most} but is ${number}`,
    );
  }
  return number;
}

/** Checks trainer options and fills in the defaults. */
export function resolveTrainer(options: TrainerOptions): ResolvedTrainer {
  const { inputSize, latentCount, steps, initial } = options;
  checkCount(inputSize, "inputSize", TASK);
  checkCount(latentCount, "latentCount", TASK);
  checkCount(steps, "steps", TASK);
  if (initial) {
    checkParameters(initial, TASK);
    if (initial.inputSize !== inputSize || initial.latentCount !== latentCount) {
      throw new RangeError(
        `Cannot ${TASK}: the initial parameters are [${initial.latentCount}, ${initial.inputSize}] ` +
          `but latentCount and inputSize are [${latentCount}, ${inputSize}]`,
      );
    }
  }
  oneOf(options.inputScaling, ["corrected", "uncorrected", "none"], "inputScaling", TASK);
  oneOf(options.path, ["auto", "dense", "sparse"], "path", TASK);
  const selects = ["topk", "batchtopk", "jumprelu"].includes(options.activation?.kind ?? "relu");
  const loss = resolveLoss(
    {
      ...options,
      penalty: options.penalty ??
        (selects
          ? { kind: "none" }
          : { kind: "log", coefficient: 0.2, epsilon: 0.1, subtractLogEpsilon: true }),
      prefixReduction: options.prefixReduction ?? "mean",
      squaredError: options.squaredError ?? "sum",
    },
    latentCount,
    TASK,
  );
  if (options.targetL0 !== undefined && loss.penalty.penalty === "none") {
    throw new RangeError(
      `Cannot ${TASK}: targetL0 ${options.targetL0} needs a penalty but its kind is "none"`,
    );
  }
  return {
    loss,
    steps,
    targetL0: options.targetL0 === undefined
      ? undefined
      : within(options.targetL0, 0, "targetL0", 0, latentCount),
    sparsityRate: within(options.sparsityRate, 3e-4, "sparsityRate", 0, 1),
    sparsityWarmupSteps: Math.floor(
      within(options.sparsityWarmup, 0.2, "sparsityWarmup", 0, 1) * steps,
    ),
    learningRate: within(options.learningRate, 0.003, "learningRate", 0, Number.MAX_VALUE),
    warmupSteps: within(
      options.warmupSteps,
      Math.min(100, Math.floor(steps / 10)),
      "warmupSteps",
      0,
      Number.MAX_SAFE_INTEGER,
    ),
    decayFraction: within(options.decayFraction, 0.2, "decayFraction", 0, 1),
    adam: {
      beta1: within(options.beta1, 0.5, "beta1", 0, 1 - 1e-9),
      beta2: within(options.beta2, 0.9375, "beta2", 0, 1 - 1e-9),
      // Not 0: a latent that never had a gradient would be updated by 0/0.
      epsilon: within(options.adamEpsilon, 1e-8, "adamEpsilon", 1e-30, 1),
      maxNorm: within(options.clipNorm, 1, "clipNorm", Number.MIN_VALUE, Infinity),
    },
    inputScaling: options.inputScaling ?? "corrected",
    permuteEvery: Math.floor(
      within(options.permuteEvery, 0, "permuteEvery", 0, Number.MAX_SAFE_INTEGER),
    ),
    deadAfter: within(options.deadAfter, 200, "deadAfter", 1, Number.MAX_SAFE_INTEGER),
    path: options.path ?? "auto",
    prefixes: prefixSource(options, loss),
  };
}

function prefixSource(
  options: TrainerOptions,
  loss: ResolvedLoss,
): (random: Random) => readonly number[] {
  const { latentCount } = options;
  const fixed = options.prefixes ??
    (options.prefixFractions && prefixesFromFractions(options.prefixFractions, latentCount));
  if (fixed) {
    checkPrefixes(fixed, latentCount, TASK);
    loss.weights(fixed.length, TASK);
    return () => fixed;
  }
  const law = {
    latentCount,
    prefixCount: options.prefixCount ?? Math.min(10, latentCount),
    minimum: options.minimumPrefix,
    exponent: options.prefixExponent,
  };
  const trial = Random.fromSeed(0);
  samplePrefixes(law, () => trial.uniform()); // throws here, not at the first step
  loss.weights(law.prefixCount, TASK);
  return (random) => samplePrefixes(law, () => random.uniform());
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
