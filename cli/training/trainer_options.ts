/**
 * Translates the arguments of `train` into options of the trainer.
 *
 * @module
 */
import { type Activation, authorCode, type Penalty, type TrainerOptions } from "@matryoshka/sae";
import { asUsage, UsageError } from "../terminal/failure.ts";
import type { TrainArguments } from "./train_arguments.ts";

/** Returns the options of the trainer: those of the preset, replaced by what was given. */
export function trainerOptions(args: TrainArguments, inputSize: number): TrainerOptions {
  const { prefixes, learningRate, targetL0, sparsityRate, deadAfter } = args;
  const { algorithm, permuteEvery, seed } = args;
  const activation = activationOf(args);
  const common: TrainerOptions = { inputSize, latentCount: args.latents, steps: args.steps, seed };
  const preset: TrainerOptions = args.preset === "authorCode"
    ? authorOptions(args, common)
    : common;
  return {
    ...preset,
    ...(typeof prefixes === "number" ? { prefixCount: prefixes } : { prefixes }),
    ...(activation && { activation }),
    penalty: penaltyOf(args, common),
    ...(learningRate !== undefined && { learningRate }),
    ...(targetL0 !== undefined && { targetL0 }),
    ...(sparsityRate !== undefined && { sparsityRate }),
    ...(deadAfter !== undefined && { deadAfter }),
    algorithm,
    permuteEvery,
  };
}

function authorOptions({ targetL0 }: TrainArguments, common: TrainerOptions): TrainerOptions {
  if (targetL0 !== undefined) return asUsage(() => authorCode({ ...common, targetL0 }));
  throw new UsageError("Cannot use --preset authorCode: it needs --target-l0, which is missing");
}

function activationOf({ activation, k }: TrainArguments): Activation | undefined {
  if (activation === "topk" || activation === "batchtopk") {
    if (k !== undefined) return { kind: activation, k };
    throw new UsageError(`Cannot use --activation ${activation}: it needs --k, which is missing`);
  }
  if (k === undefined) return activation && { kind: activation };
  throw new UsageError(
    `Cannot use --k ${k}: --activation must be topk or batchtopk but is ${activation ?? "relu"}`,
  );
}

/** Returns the author's penalty of the kind and with the coefficient that were given. */
function penaltyOf(args: TrainArguments, common: TrainerOptions): Penalty {
  const { penalty: kind = defaultPenalty(args), penaltyCoefficient } = args;
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

/** Returns the preset's kind of penalty; topk and batchtopk are sparse without one. */
function defaultPenalty({ preset, activation }: TrainArguments): "log" | "l1" | "none" {
  if (preset === "authorCode") return "l1";
  return activation === "topk" || activation === "batchtopk" ? "none" : "log";
}
