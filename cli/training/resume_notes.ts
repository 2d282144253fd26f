/**
 * Prints how a resumed run goes on.
 *
 * @module
 */
import type { Backend, TrainerState } from "@matryoshka/sae";
import type { ResumedRun } from "./run_checkpoints.ts";

/** Prints where the run continues, how an extension goes on, and whether results stay the same bit for bit. */
export function printResumed(
  { path, checkpoint: { trainer } }: ResumedRun,
  backend: Backend,
  steps: number,
): void {
  console.error(`Resuming after step ${trainer.step}, from ${path}`);
  if (trainer.options.steps !== steps) console.error(extensionText(trainer, steps));
  if (trainer.step >= steps) {
    console.error(`The run has taken its ${steps} steps; more --steps extend it`);
  }
  const { name, description } = trainer.backend;
  if (name === backend.name && description === backend.description) return;
  console.error(
    `Note: the run began on ${name} (${description}) and continues on ${backend.name} ` +
      `(${backend.description}): results may differ in their last bits.`,
  );
}

/** Explains the learning rate of a run that is extended. */
function extensionText({ step, options }: TrainerState, steps: number): string {
  const fall = Math.ceil((1 - Number(options.decayFraction)) * steps);
  const schedule = `at its peak until step ${fall}, then falling to a tenth`;
  return `Extending the run from ${options.steps} to ${steps} steps: from step ${step + 1} on, ` +
    `the learning rate follows the schedule of ${steps} steps, ${schedule}`;
}
