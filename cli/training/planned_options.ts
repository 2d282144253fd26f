import type { OptionsRecord, TrainerOptions } from "@matryoshka/sae";
import type { CompletedArguments } from "./train_arguments.ts";
import { type Origin, trainerOptions } from "./trainer_options.ts";

/**
 * Returns the options with which a run is resumed, perhaps with more steps than before: what a preset makes of the
 * number of steps, such as warm-ups, stays that of the first plan.
 */
export function optionsToResume(
  args: CompletedArguments,
  options: TrainerOptions,
  saved: OptionsRecord,
  from?: Origin,
): TrainerOptions {
  const steps = Number(saved.plannedSteps ?? saved.steps);
  const planned = trainerOptions({ ...args, steps }, options.inputSize, from);
  return { ...options, ...planned, steps: args.steps };
}
