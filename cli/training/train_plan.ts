/**
 * What the options of `train` ask of the trainer.
 *
 * @module
 */
import { type Activation, authorCode, type Penalty, type TrainerOptions } from "../../mod.ts";
import { authorPenalty, defaultPenalty } from "../../src/training/default_penalty.ts";
import { resolveTrainer } from "../../src/training/trainer_options.ts";
import { asUsage, UsageError } from "../terminal/failure.ts";
import type { TrainArguments } from "./train_options.ts";

/** What the trainer is to do. Only what was given replaces what the preset says. */
export function trainerOptions(args: TrainArguments, inputSize: number): TrainerOptions {
  const { prefixes, learningRate, targetL0, algorithm, permuteEvery, seed } = args;
  const activation = activationOf(args);
  const common: TrainerOptions = { inputSize, latentCount: args.latents, steps: args.steps, seed };
  const preset: TrainerOptions = args.preset === "authorCode"
    ? authorOptions(args, common)
    : common;
  return {
    ...preset,
    ...(typeof prefixes === "number" ? { prefixCount: prefixes } : { prefixes }),
    ...(activation && { activation }),
    penalty: penaltyOf(args, preset.penalty ?? defaultPenalty(activation)),
    ...(learningRate !== undefined && { learningRate }),
    ...(targetL0 !== undefined && { targetL0 }),
    algorithm,
    permuteEvery,
  };
}

/** Checks the options before anything is made. */
export function checkTrainerOptions(options: TrainerOptions): void {
  asUsage(() => resolveTrainer(options));
}

function authorOptions(
  { targetL0 }: TrainArguments,
  common: TrainerOptions,
): TrainerOptions {
  if (targetL0 !== undefined) return asUsage(() => authorCode({ ...common, targetL0 }));
  throw new UsageError("Cannot use --preset authorCode: it needs --target-l0 and there is none");
}

function activationOf({ activation, k }: TrainArguments): Activation | undefined {
  if (activation === "topk" || activation === "batchtopk") {
    if (k !== undefined) return { kind: activation, k };
    throw new UsageError(`Cannot use --activation ${activation}: it needs --k and there is none`);
  }
  if (k === undefined) return activation && { kind: activation };
  throw new UsageError(
    `Cannot use --k ${k}: --activation must be topk or batchtopk but is ${activation ?? "relu"}`,
  );
}

/** The preset's penalty, with the kind and the coefficient that are given. */
function penaltyOf({ penalty, penaltyCoefficient }: TrainArguments, preset: Penalty): Penalty {
  const kind = penalty ?? preset.kind;
  // Both presets' penalties are the author's.
  if (kind !== "none") return authorPenalty(kind, penaltyCoefficient);
  if (penaltyCoefficient === undefined) return { kind };
  throw new UsageError(
    `Cannot use --penalty-coefficient ${penaltyCoefficient}: --penalty must be log or l1 but is none`,
  );
}
