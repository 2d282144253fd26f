/**
 * Translates the arguments of `train` into options of the trainer.
 *
 * @module
 */
import {
  type Penalty,
  presetOptions,
  presets,
  type Sae,
  type TrainerOptions,
} from "@matryoshka/sae";
import { UsageError } from "../terminal/failure.ts";
import { penaltyOf } from "./penalty_choice.ts";
import type { CompletedArguments, TrainArguments } from "./train_arguments.ts";

/** What an autoencoder to go on from says of its activations. */
export type Origin = Pick<Sae, "activation" | "subtractDecoderBias">;

/**
 * Returns the options of the trainer: those of the preset, replaced by what was given. Where the preset leaves them
 * open, the activation, and what the encoder sees, are those of the autoencoder to go on from.
 */
export function trainerOptions(
  args: CompletedArguments,
  inputSize: number,
  from?: Origin,
): TrainerOptions {
  const { latents: latentCount, steps, batch: rows, seed, prefixes, targetL0 } = args;
  const { learningRate, algorithm, screening, permuteEvery } = args;
  const { kind, k, jump, trains } = activationOf(args, from);
  const recipe = presetOptions(
    args.preset,
    { inputSize, latentCount, steps, rows, k, targetL0, prefixes, seed },
    { asPublished: args.asPublished, activation: kind },
  );
  const fixed = !trains && { thresholdTraining: undefined, penalty: { kind: "none" } as Penalty };
  const preset: TrainerOptions = { ...recipe, ...fixed };
  const penalty = penaltyOf(args, preset);
  return {
    ...preset,
    ...jump && { activation: jump },
    ...from && preset.subtractDecoderBias === undefined &&
      { subtractDecoderBias: from.subtractDecoderBias },
    penalty,
    ...steering(args, preset, penalty),
    ...learningRate !== undefined && { learningRate },
    ...partsOf(args, preset),
    algorithm,
    screening,
    permuteEvery,
  };
}

/** The kind of activation if the preset's is not to be used, and the numbers that were given for it. */
interface ChosenActivation {
  readonly kind?: NonNullable<TrainerOptions["activation"]>["kind"];
  readonly k?: number;
  /** JumpReLU with thresholds other than the preset's. */
  readonly jump?: TrainerOptions["activation"];
  /** Whether thresholds are trained, if there are any: those of `--init` are not, unless asked for. */
  readonly trains: boolean;
}

function activationOf(args: TrainOrigin, from?: Origin): ChosenActivation {
  const own = presets.find(({ name }) => name === args.preset)?.options.activation;
  const kind = args.activation ?? (own === undefined ? from?.activation.kind : undefined);
  const used = kind ?? own?.kind ?? "relu";
  const jump = jumpOf(args.threshold, used, from);
  const trains = kind !== "jumprelu" || args.activation !== undefined ||
    args.bandwidth !== undefined;
  if (used !== "topk" && used !== "batchtopk") {
    if (args.k === undefined) return { kind, jump, trains };
    const place = kind === undefined
      ? own === undefined ? "" : ` in --preset ${args.preset}`
      : args.activation === undefined
      ? " in --init"
      : "";
    throw new UsageError(
      `Cannot use --k ${args.k}: --activation must be topk or batchtopk but is ${used}${place}`,
    );
  }
  const { k = from !== undefined && "k" in from.activation ? from.activation.k : undefined } = args;
  const presetHasK = own !== undefined && "k" in own;
  if (k === undefined && !presetHasK) {
    throw new UsageError(`Cannot use --activation ${used}: it needs --k, which is missing`);
  }
  return { kind, k, jump, trains };
}

type TrainOrigin = Pick<TrainArguments, "preset" | "activation" | "k" | "threshold" | "bandwidth">;

/** Returns the activation with the given thresholds, or else those of the autoencoder to go on from. */
function jumpOf(
  threshold: number | undefined,
  used: string,
  from?: Origin,
): TrainerOptions["activation"] {
  if (used === "jumprelu") {
    if (threshold !== undefined) return { kind: "jumprelu", threshold };
    return from?.activation.kind === "jumprelu" ? from.activation : undefined;
  }
  if (threshold === undefined) return undefined;
  throw new UsageError(
    `Cannot use --threshold ${threshold}: --activation must be jumprelu but is ${used}`,
  );
}

/** Returns the options that steer λ to a target L0. */
function steering(
  { targetL0, sparsityRate }: CompletedArguments,
  preset: TrainerOptions,
  penalty: Penalty,
): Pick<TrainerOptions, "targetL0" | "sparsityRate"> {
  if (sparsityRate !== undefined && targetL0 === undefined) {
    throw new UsageError(
      `Cannot use --sparsity-rate ${sparsityRate}: it steers λ to --target-l0, which is missing`,
    );
  }
  const selects = preset.activation !== undefined && "k" in preset.activation;
  const aims = penalty.kind === "targetL0" || selects;
  return {
    targetL0: aims ? undefined : targetL0,
    ...sparsityRate !== undefined && { sparsityRate },
  };
}

/** Returns the parts of the recipe that were given one by one. */
function partsOf(args: CompletedArguments, preset: TrainerOptions): Partial<TrainerOptions> {
  const { auxiliary, bandwidth, unitDecoder, warmupSteps, decaySteps, deadAfter, inputScaling } =
    args;
  return {
    ...auxiliary !== undefined && {
      auxiliary: auxiliary === 0 ? undefined : { ...preset.auxiliary, weight: auxiliary },
    },
    ...bandwidth !== undefined && {
      thresholdTraining: { ...preset.thresholdTraining, bandwidth },
    },
    ...unitDecoder !== undefined && { unitDecoder },
    ...warmupSteps !== undefined && { warmupSteps },
    ...decaySteps !== undefined && { decaySteps },
    ...deadAfter !== undefined && { deadAfter, deadAfterRows: undefined },
    ...inputScaling !== undefined && { inputScaling },
  };
}
