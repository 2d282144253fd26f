/**
 * What the options of `train` ask of the trainer.
 *
 * @module
 */
import { type Activation, authorCode, type Penalty, type TrainerOptions } from "../../mod.ts";
import { resolveTrainer } from "../trainer_options.ts";
import { asUsage, UsageError } from "./failure.ts";
import type { TrainArguments } from "./train_options.ts";

/** What the trainer is to do. Only what was given replaces what the preset says. */
export function trainerOptions(args: TrainArguments, inputSize: number): TrainerOptions {
  const { prefixes, learningRate, targetL0, path, permuteEvery, seed } = args;
  const activation = activationOf(args), penalty = penaltyOf(args);
  const common = { inputSize, latentCount: args.latents, steps: args.steps, seed };
  return {
    ...(args.preset === "authorCode" ? authorOptions(args, common) : common),
    ...(typeof prefixes === "number" ? { prefixCount: prefixes } : { prefixes }),
    ...(activation && { activation }),
    ...(penalty && { penalty }),
    ...(learningRate !== undefined && { learningRate }),
    ...(targetL0 !== undefined && { targetL0 }),
    path,
    permuteEvery,
  };
}

/** The library's names of what has a name of its own on the command line. */
const FLAGS: Record<string, string> = {
  latentCount: "--latents",
  prefixes: "--prefixes",
  prefixCount: "--prefixes",
  targetL0: "--target-l0",
  learningRate: "--learning-rate",
  k: "--k",
};

/** Checks the options before anything is made; errors call them by their flags. */
export function checkTrainerOptions(options: TrainerOptions): void {
  try {
    asUsage(() => resolveTrainer(options));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const [subject, reason] = error.message.split(/(?<=^[^:]*: )/);
    const flagged = reason.replace(
      /\w+/g,
      (word) => Object.hasOwn(FLAGS, word) ? FLAGS[word] : word,
    );
    throw new UsageError(subject + flagged, { cause: error });
  }
}

function authorOptions(
  { targetL0 }: TrainArguments,
  common: { inputSize: number; latentCount: number; steps: number; seed: number },
): TrainerOptions {
  if (targetL0 !== undefined) return authorCode({ ...common, targetL0 });
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

function penaltyOf({ penalty, penaltyCoefficient }: TrainArguments): Penalty | undefined {
  const coefficient = penaltyCoefficient ?? 0.2;
  switch (penalty) {
    case "log":
      return { kind: "log", coefficient, epsilon: 0.1, subtractLogEpsilon: true };
    case "l1":
      return { kind: "l1", coefficient };
    default:
      if (penaltyCoefficient === undefined) return penalty && { kind: penalty };
      throw new UsageError(
        `Cannot use --penalty-coefficient ${penaltyCoefficient}: --penalty must be log or l1 ` +
          `but is ${penalty ?? "not given"}`,
      );
  }
}
