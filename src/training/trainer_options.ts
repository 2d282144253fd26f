/**
 * Options of the trainer.
 *
 * @module
 */
import type { Communicator } from "../distributed/communicator.ts";
import type { SaeParameters } from "../model/parameters.ts";
import type { Penalty } from "../model/penalty.ts";
import type { AskedScreening } from "../model/screening.ts";
import type { AskedAlgorithm } from "../step/algorithm_choice.ts";
import type { LossKind } from "../step/loss_options.ts";
import type { Activation } from "../model/activation.ts";
import type { InputNormalization } from "../model/sae.ts";
import type {
  AnnealedK,
  AuxiliaryLoss,
  Compatibility,
  InferenceThreshold,
  Initialization,
  ThresholdTraining,
} from "./recipe_options.ts";

/** An activation to train with. The thresholds of jumprelu may start at one number for all latents. */
export type TrainedActivation = Activation | {
  readonly kind: "jumprelu";
  readonly threshold: number;
};

/**
 * Options of `Trainer.create`. Defaults are in parentheses.
 *
 * The defaults of the penalty, the prefix reduction and the squared error are those of the author's code, with which
 * the learning rate, the clipping and the starting λ were tuned. `matryoshkaLoss` has those of the definition.
 */
export interface TrainerOptions extends Omit<LossKind, "activation"> {
  /** The function applied to the encoder's product (`{kind: "relu"}`). */
  readonly activation?: TrainedActivation;
  /**
   * The penalty. Its coefficient is the starting value of λ, before the warm-up and the steering. The default is
   * `{kind: "log", coefficient: 0.2, epsilon: 0.1, subtractLogEpsilon: true}` for relu and identity, and
   * `{kind: "none"}` for topk, batchtopk and jumprelu, which are sparse without a penalty.
   */
  readonly penalty?: Penalty;
  /** ρ = 1/P for "mean" (default, the author's code), 1 for "sum". */
  readonly prefixReduction?: "sum" | "mean";
  /**
   * Squared error summed over features ("sum", default, the author's code), averaged ("mean"), or as a share of the
   * variance of the batch ("variance").
   */
  readonly squaredError?: "mean" | "sum" | "variance";
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
  /** Steps over which λ warms up, instead of a share. */
  readonly sparsityWarmupSteps?: number;
  /** λ of the first step: one step's share of the warm-up ("first", default), or 0 ("zero"). */
  readonly sparsityWarmupFrom?: "first" | "zero";
  /** Peak learning rate (0.003). */
  readonly learningRate?: number;
  /** Steps over which the learning rate rises from 0 (100, or a tenth of `steps` if that is less). */
  readonly warmupSteps?: number;
  /** Learning rate of the first step: 0 ("zero", default), or one step's share of the warm-up ("first"). */
  readonly warmupFrom?: "zero" | "first";
  /** Final share of `steps`, over which the learning rate falls linearly to a tenth (0.2). */
  readonly decayFraction?: number;
  /** Final steps over which the learning rate falls linearly to 0, instead of `decayFraction`. */
  readonly decaySteps?: number;
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
  /** Rows, instead of steps, after which a silent latent counts as dead. */
  readonly deadAfterRows?: number;
  /** An auxiliary loss that revives dead latents (none). */
  readonly auxiliary?: AuxiliaryLoss;
  /** Weight of a further reconstruction by the 4 k largest latents of each row, which moves D and c only (0). */
  readonly multiTopk?: number;
  /** The running threshold for inference; false for none. By default it is followed for batchtopk. */
  readonly inferenceThreshold?: InferenceThreshold | false;
  /** How the thresholds of jumprelu are trained. By default they stay as they are. */
  readonly thresholdTraining?: ThresholdTraining;
  /** A k that falls during training, for topk and batchtopk. */
  readonly annealedK?: AnnealedK;
  /**
   * When decoder rows are set to norm 1: "never" (default), or at each step before the forward pass, before Adam, or
   * after Adam.
   */
  readonly unitDecoder?: "never" | "beforeForward" | "beforeUpdate" | "afterUpdate";
  /** Whether the decoder's gradient loses its part along each row (true with `unitDecoder`, else false). */
  readonly projectGradient?: boolean;
  /** Whether pre-activations are multiplied by ‖D_i‖, and latents decode with unit rows (false). */
  readonly scaleByDecoderNorm?: boolean;
  /** Whether b is trained (true). */
  readonly encoderBias?: boolean;
  /** c at the first step: as the initial parameters have it ("initial", default), or from the first batch. */
  readonly decoderBiasStart?: "initial" | "mean" | "median";
  /** Normalization of each row before anything else (none): see `Sae.inputNormalization`. */
  readonly inputNormalization?: InputNormalization;
  /** The law of the initial parameters, where none are given. */
  readonly initialization?: Initialization;
  /** Known deviations of published code (none). */
  readonly compatibility?: Compatibility;
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
   * Whether sparse steps encode by certified screening: a product of small integers with a bound of its error finds the
   * few latents that may be active, and only these are computed in float32. No result differs by a bit. "auto"
   * (default) screens where `backend.screening` is "faster", with at least 96 inputs and, for the top-k activations,
   * 64 k latents, while the measured candidates are few; "on" always screens sparse steps, and "off" never. A resumed run may be given another value.
   */
  readonly screening?: AskedScreening;
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
export const TRAINER_KEYS: readonly string[] = /* @__PURE__ */ Object.keys(
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
    screening: true,
    communicator: true,
    ranksPerReplica: true,
    latentsPerRank: true,
    path: true,
    prefixWeights: true,
    activation: true,
    subtractDecoderBias: true,
    sparsityWarmupSteps: true,
    sparsityWarmupFrom: true,
    warmupFrom: true,
    decaySteps: true,
    deadAfterRows: true,
    auxiliary: true,
    multiTopk: true,
    inferenceThreshold: true,
    thresholdTraining: true,
    annealedK: true,
    unitDecoder: true,
    projectGradient: true,
    scaleByDecoderNorm: true,
    encoderBias: true,
    decoderBiasStart: true,
    inputNormalization: true,
    initialization: true,
    compatibility: true,
  } satisfies Record<keyof TrainerOptions, true>,
);
