/**
 * Options of the trainer and their defaults.
 *
 * @module
 */
import type { Communicator } from "../distributed/communicator.ts";
import { checkArraySize } from "../base/array_size.ts";
import { type Bounds, checkInteger, checkNumber, checkObject, checkOneOf } from "../base/checks.ts";
import { checkKeys } from "../base/known_keys.ts";
import { checkParameters, type SaeParameters } from "../model/parameters.ts";
import type { Penalty } from "../model/penalty.ts";
import { type AskedAlgorithm, askedAlgorithm } from "../step/algorithm_choice.ts";
import { type LossKind, type ResolvedLoss, resolveLoss } from "../step/loss_options.ts";
import { defaultPenalty } from "./default_penalty.ts";
import { type PrefixSource, prefixSource } from "./prefix_source.ts";

/**
 * Options of `Trainer.create`. Defaults are in parentheses.
 *
 * The defaults of the penalty, the prefix reduction and the squared error are those of the author's code, with which
 * the learning rate, the clipping and the starting λ were tuned. `matryoshkaLoss` has those of the definition.
 */
export interface TrainerOptions extends LossKind {
  /**
   * The penalty. Its coefficient is the starting value of λ, before the warm-up and the steering. The default is
   * `{kind: "log", coefficient: 0.2, epsilon: 0.1, subtractLogEpsilon: true}` for relu and identity, and
   * `{kind: "none"}` for topk, batchtopk and jumprelu, which are sparse without a penalty.
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
  /**
   * Steps of the whole run, which set the schedules. Further steps keep the final learning rate; `Trainer.resume` with
   * more steps extends the run.
   */
  readonly steps: number;
  /**
   * P, how many prefixes to draw at each step, the full one included (10, or N if that is less). 1 gives an
   * ordinary SAE.
   */
  readonly prefixCount?: number;
  /** Shortest prefix to draw (1). */
  readonly minimumPrefix?: number;
  /** α of the truncated Pareto law (0.5). */
  readonly prefixExponent?: number;
  /** A fixed list of prefix lengths, instead of `prefixCount`. */
  readonly prefixes?: ArrayLike<number>;
  /** Fixed fractions of N, e.g. [1/16, 1/4, 1], instead of `prefixCount`. */
  readonly prefixFractions?: ArrayLike<number>;
  /** Mean active latents per row that λ is steered towards. By default λ warms up and then stays constant. */
  readonly targetL0?: number;
  /**
   * Relative change of λ per step during steering: 5 / `steps`, at most 0.05, so that λ can change about fiftyfold
   * in a run of 100 steps or more. A resumed run keeps the rate of its state unless another is given.
   */
  readonly sparsityRate?: number;
  /** Share of `steps` over which λ warms up, before it is steered (0.2). */
  readonly sparsityWarmup?: number;
  /** Peak learning rate (0.003). */
  readonly learningRate?: number;
  /** Steps over which the learning rate rises from 0 (100, or a tenth of `steps` if that is less). */
  readonly warmupSteps?: number;
  /** Final share of `steps`, over which the learning rate falls linearly to a tenth (0.2). */
  readonly decayFraction?: number;
  /** β₁ of Adam (0.5). */
  readonly beta1?: number;
  /** β₂ of Adam (0.9375). */
  readonly beta2?: number;
  /** ε of Adam (1e-8). */
  readonly adamEpsilon?: number;
  /** Global norm to which larger gradients are clipped (1). Infinity turns clipping off. */
  readonly clipNorm?: number;
  /**
   * Scaling of the inputs by √d/r, where r is a running mean of ‖x‖: "corrected" (default) removes the bias of its
   * start from 0, "uncorrected" does not, as in the author's code, and "none" leaves inputs unscaled.
   */
  readonly inputScaling?: "corrected" | "uncorrected" | "none";
  /**
   * The factor that initial parameters expect inputs to be multiplied by, as from `Trainer.inputScale`. The running
   * mean then starts at √d over this factor, without a bias to correct, so that training goes on where it ended. By
   * default it starts from 0.
   */
  readonly initialInputScale?: number;
  /** Steps between two reorderings of the latents by mean-square activation (0: never). */
  readonly permuteEvery?: number;
  /**
   * A latent silent for this many steps counts as dead (200, or a fifth of `steps` if that is less). No latent does
   * before as many steps have been taken. A resumed run keeps the number of its state unless another is given.
   */
  readonly deadAfter?: number;
  /** Seed of the initial parameters and of the prefixes (0). */
  readonly seed?: number;
  /** Initial parameters (see `initialParameters`). */
  readonly initial?: SaeParameters;
  /**
   * "dense" keeps all [B, N] activations, "sparse" only the active ones, and "auto" (default) decides by the
   * measured density. Identity is always computed densely.
   */
  readonly algorithm?: AskedAlgorithm;
  /**
   * The ranks that train together, from `connectMpi` or `runRanks`. Each rank holds a share of the latents; every rank
   * creates its trainer with the same options, calls the same methods and gives the same batches. By default one
   * trainer trains alone.
   */
  readonly communicator?: Communicator;
  /**
   * How many ranks share the latents: each such group is a replica of the whole autoencoder, and takes its part of the
   * rows of each batch. By default all ranks share the latents, so that there is one replica. The ranks of the first
   * replica come first.
   */
  readonly ranksPerReplica?: number;
  /** How many latents each rank of a replica holds; as many as any other by default, or one more. */
  readonly latentsPerRank?: ArrayLike<number>;
  /** @deprecated The former name of `algorithm`. */
  readonly path?: AskedAlgorithm;
}

/** The keys of {@linkcode TrainerOptions}. */
const KEYS = /* @__PURE__ */ Object.keys(
  {
    penalty: true,
    prefixReduction: true,
    squaredError: true,
    inputSize: true,
    latentCount: true,
    steps: true,
    prefixCount: true,
    minimumPrefix: true,
    prefixExponent: true,
    prefixes: true,
    prefixFractions: true,
    targetL0: true,
    sparsityRate: true,
    sparsityWarmup: true,
    learningRate: true,
    warmupSteps: true,
    decayFraction: true,
    beta1: true,
    beta2: true,
    adamEpsilon: true,
    clipNorm: true,
    inputScaling: true,
    initialInputScale: true,
    permuteEvery: true,
    deadAfter: true,
    seed: true,
    initial: true,
    algorithm: true,
    communicator: true,
    ranksPerReplica: true,
    latentsPerRank: true,
    path: true,
    prefixWeights: true,
    activation: true,
    subtractDecoderBias: true,
  } satisfies Record<keyof TrainerOptions, true>,
);

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
  readonly decayFraction: number;
  readonly adam: { beta1: number; beta2: number; epsilon: number; maxNorm: number };
  readonly inputScaling: "corrected" | "uncorrected" | "none";
  readonly initialInputScale?: number;
  readonly permuteEvery: number;
  readonly deadAfter: number;
  readonly algorithm: AskedAlgorithm;
  readonly seed: number;
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
  checkKeys(options, KEYS, TASK);
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
    if (loss.penalty.penalty === "none") {
      throw new RangeError(
        `Cannot ${TASK}: targetL0 ${targetL0} needs a penalty but its kind is "none"`,
      );
    }
  }
  const { learningRate = 0.003, sparsityWarmup = 0.2 } = options;
  const { sparsityRate = defaultSparsityRate(steps), deadAfter = defaultDeadAfter(steps) } =
    options;
  const { warmupSteps = Math.min(100, Math.floor(steps / 10)), decayFraction = 0.2 } = options;
  const { beta1 = 0.5, beta2 = 0.9375, adamEpsilon = 1e-8, clipNorm = 1 } = options;
  const { permuteEvery = 0, seed = 0 } = options;
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
    seed,
    prefixes: prefixSource(options, loss, TASK),
  };
}

/** Returns the options of the loss with the trainer's defaults. */
function trainingLoss(options: TrainerOptions): LossKind {
  const { prefixReduction = "mean", squaredError = "sum", penalty } = options;
  return {
    ...options,
    penalty: penalty === undefined ? defaultPenalty(options.activation) : penalty,
    prefixReduction,
    squaredError,
  };
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
