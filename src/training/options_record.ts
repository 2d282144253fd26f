/**
 * A trainer's options as plain data, so that those of two runs can be compared.
 *
 * @module
 */
import type { OptionsRecord } from "../base/options_record.ts";
import type { ResolvedTrainer } from "./resolved_trainer.ts";
import type { TrainerOptions } from "./trainer_options.ts";

/**
 * Returns the record of all options that influence a step or the drawn prefixes. Initial parameters and thresholds
 * are left out, because runs are compared in order to resume a state, which replaces them.
 */
export function optionsRecord(given: TrainerOptions, resolved: ResolvedTrainer): OptionsRecord {
  const { loss, adam } = resolved;
  const { penalty, epsilon, subtractLogEpsilon } = loss.penalty;
  const record = {
    inputSize: given.inputSize,
    latentCount: given.latentCount,
    steps: resolved.steps,
    ...(resolved.plannedSteps !== undefined && { plannedSteps: resolved.plannedSteps }),
    ...resolved.prefixes.options,
    activation: loss.selection,
    ...(loss.k > 0 && { k: loss.k }),
    penalty,
    ...(penalty !== "none" && { penaltyCoefficient: loss.coefficient }),
    ...(penalty === "log" && { penaltyEpsilon: epsilon, subtractLogEpsilon }),
    ...(loss.prefixWeights && { prefixWeights: loss.prefixWeights }),
    prefixReduction: loss.prefixReduction,
    squaredError: loss.squaredError,
    subtractDecoderBias: loss.subtractDecoderBias,
    ...(resolved.targetL0 !== undefined && { targetL0: resolved.targetL0 }),
    sparsityRate: resolved.sparsityRate,
    sparsityWarmupSteps: resolved.sparsityWarmupSteps,
    learningRate: resolved.learningRate,
    warmupSteps: resolved.warmupSteps,
    decayFraction: resolved.decayFraction,
    beta1: adam.beta1,
    beta2: adam.beta2,
    adamEpsilon: adam.epsilon,
    // JSON has no Infinity.
    clipNorm: adam.maxNorm === Infinity ? "Infinity" : adam.maxNorm,
    inputScaling: resolved.inputScaling,
    ...(resolved.initialInputScale !== undefined && {
      initialInputScale: resolved.initialInputScale,
    }),
    permuteEvery: resolved.permuteEvery,
    deadAfter: resolved.deadAfter,
    algorithm: resolved.algorithm,
    seed: resolved.seed,
  };
  return record;
}
