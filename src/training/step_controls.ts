/**
 * The numbers that depend on nothing but the step's number, such as the learning rate. The host writes them into small
 * tensors before it submits the step.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { learningRateAt } from "./learning_rate.ts";
import type { ResolvedTrainer } from "./resolved_trainer.ts";
import type { TrainerTensors } from "./trainer_tensors.ts";

/** Decay of the running norm of the inputs, as in the author's code. */
export const RUNNING_DECAY = 0.99;

/** Writes the learning rate, the bias corrections and the controls of λ for step s, counted from 0. */
export function writeControls(
  backend: Backend,
  tensors: TrainerTensors,
  options: ResolvedTrainer,
  s: number,
): void {
  const { adam, sparsityRate, sparsityWarmupSteps, sparsityWarmupFrom, targetL0 } = options;
  const { inferenceThreshold: follows } = options.recipe;
  const t = s + 1;
  backend.write(tensors.adamControls, [
    learningRateAt(s, options),
    1 - adam.beta1 ** t,
    1 - adam.beta2 ** t,
  ]);
  const steered = targetL0 !== undefined && s > sparsityWarmupSteps;
  const warm = sparsityWarmupFrom === "first" ? t : s;
  const warmth = sparsityWarmupSteps > 0 ? Math.min(warm / sparsityWarmupSteps, 1) : 1;
  backend.write(tensors.sparsityControls, [steered ? sparsityRate : 0, warmth]);
  if (options.loss.penaltyL0 !== undefined) {
    backend.write(tensors.strength, [options.loss.coefficient * warmth]);
  }
  if (follows) backend.write(tensors.thresholdRate, [s >= follows.after ? follows.rate : 0]);

  backend.write(tensors.correction, [correctionAt(s, options)]);
}

/** Returns the factor that removes the bias of the running norm's start at step s. */
export function correctionAt(s: number, options: ResolvedTrainer): number {
  // Only a mean that started from 0 is biased.
  const biased = options.inputScaling === "corrected" && options.initialInputScale === undefined;
  return biased ? 1 - RUNNING_DECAY ** (s + 1) : 1;
}

/** Returns k of step s: that of the activation, or more while it is annealed. */
export function annealedKAt(s: number, { loss: { k }, recipe }: ResolvedTrainer): number {
  const { annealedK, compatibility: { lateAnnealedK } } = recipe;
  if (annealedK === undefined || lateAnnealedK && s === 0) return k;
  const share = Math.min(lateAnnealedK ? s - 1 : s, annealedK.steps) / annealedK.steps;
  return share === 1 ? k : Math.floor(annealedK.from * (1 - share) + k * share);
}
