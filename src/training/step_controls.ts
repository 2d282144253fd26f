/**
 * The numbers of a training step that depend on its number alone: the host knows them, and writes them into
 * small tensors before it submits the step.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { learningRateAt } from "./learning_rate.ts";
import type { ResolvedTrainer } from "./trainer_options.ts";
import type { TrainerTensors } from "./trainer_tensors.ts";

/** Decay of the running norm of the inputs, the author's. */
export const RUNNING_DECAY = 0.99;

/** Writes the learning rate, the corrections of running means and what steers λ at step s, from 0. */
export function writeControls(
  backend: Backend,
  tensors: TrainerTensors,
  options: ResolvedTrainer,
  s: number,
): void {
  const { adam, sparsityRate, sparsityWarmupSteps, targetL0, inputScaling } = options;
  const t = s + 1;
  backend.write(tensors.adamControls, [
    learningRateAt(s, options),
    1 - adam.beta1 ** t,
    1 - adam.beta2 ** t,
  ]);
  const steered = targetL0 !== undefined && s > sparsityWarmupSteps;
  backend.write(tensors.sparsityControls, [
    steered ? sparsityRate : 0,
    sparsityWarmupSteps > 0 ? Math.min(t / sparsityWarmupSteps, 1) : 1,
  ]);
  backend.write(tensors.correction, [inputScaling === "corrected" ? 1 - RUNNING_DECAY ** t : 1]);
}
