/**
 * Translates the arguments of `train` into options of the trainer.
 *
 * @module
 */
import {
  type Activation,
  authorCode,
  type Penalty,
  type Sae,
  type TrainerOptions,
} from "@matryoshka/sae";
import { UsageError } from "../terminal/failure.ts";
import type { TrainArguments } from "./train_arguments.ts";

/**
 * Returns the options of the trainer: those of the preset, replaced by what was given. The activation, and what the
 * encoder sees, are by default those of the autoencoder to go on from.
 */
export function trainerOptions(
  args: TrainArguments,
  inputSize: number,
  from?: Pick<Sae, "activation" | "subtractDecoderBias">,
): TrainerOptions {
  const { prefixes, learningRate, targetL0, sparsityRate, deadAfter } = args;
  const { algorithm, screening, permuteEvery, seed } = args;
  if (sparsityRate !== undefined && targetL0 === undefined) {
    throw new UsageError(
      `Cannot use --sparsity-rate ${sparsityRate}: it steers λ to --target-l0, which is missing`,
    );
  }
  const activation = activationOf(args, from?.activation);
  const common: TrainerOptions = { inputSize, latentCount: args.latents, steps: args.steps, seed };
  const preset: TrainerOptions = args.preset === "authorCode"
    ? authorOptions(args, common)
    : common;
  return {
    ...preset,
    ...(typeof prefixes === "number" ? { prefixCount: prefixes } : { prefixes }),
    ...(activation && { activation }),
    ...(from && { subtractDecoderBias: from.subtractDecoderBias }),
    penalty: penaltyOf(args, common, activation),
    ...(learningRate !== undefined && { learningRate }),
    ...(targetL0 !== undefined && { targetL0 }),
    ...(sparsityRate !== undefined && { sparsityRate }),
    ...(deadAfter !== undefined && { deadAfter }),
    algorithm,
    screening,
    permuteEvery,
  };
}

function authorOptions({ targetL0 }: TrainArguments, common: TrainerOptions): TrainerOptions {
  if (targetL0 !== undefined) return authorCode({ ...common, targetL0 });
  throw new UsageError("Cannot use --preset authorCode: it needs --target-l0, which is missing");
}

function activationOf(args: TrainArguments, from?: Activation): Activation | undefined {
  const kind = args.activation ?? from?.kind;
  if (kind === "topk" || kind === "batchtopk") {
    const { k = from !== undefined && "k" in from ? from.k : undefined } = args;
    if (k !== undefined) return { kind, k };
    throw new UsageError(`Cannot use --activation ${kind}: it needs --k, which is missing`);
  }
  if (args.k !== undefined) {
    const found = `${kind ?? "relu"}${args.activation === undefined && from ? " in --init" : ""}`;
    throw new UsageError(
      `Cannot use --k ${args.k}: --activation must be topk or batchtopk but is ${found}`,
    );
  }
  return args.activation === undefined ? from : { kind: args.activation } as Activation;
}

/** Returns the author's penalty of the kind and with the coefficient that were given. */
function penaltyOf(
  args: TrainArguments,
  common: TrainerOptions,
  activation?: Activation,
): Penalty {
  const { penalty: kind = defaultPenalty(args, activation), penaltyCoefficient } = args;
  if (kind !== "none") {
    const { penalty } = authorCode({
      ...common,
      targetL0: 0,
      sparsityType: kind,
      startingSparsityScale: penaltyCoefficient,
    });
    return penalty!;
  }
  if (penaltyCoefficient === undefined) return { kind };
  throw new UsageError(
    `Cannot use --penalty-coefficient ${penaltyCoefficient}: --penalty must be log or l1 but is none`,
  );
}

/** Returns the preset's kind of penalty; topk, batchtopk and jumprelu are sparse without one. */
function defaultPenalty({ preset }: TrainArguments, activation?: Activation) {
  if (preset === "authorCode") return "l1";
  const { kind } = activation ?? { kind: "relu" };
  return kind === "relu" || kind === "identity" ? "log" : "none";
}
