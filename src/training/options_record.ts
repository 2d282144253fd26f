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
    ...(loss.penalty.unweighted && { penaltyDecoderNorm: false }),
    ...(penalty === "tanh" && { penaltyScale: epsilon }),
    ...(loss.penaltyOver === "full" && { penaltyOver: loss.penaltyOver }),
    ...(loss.penaltyL0 !== undefined && { penaltyL0: loss.penaltyL0 }),
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
    ...recipeRecord(resolved),
  };
  return record;
}

/** Returns the parts of a recipe that are on, under names like `auxiliary.weight`. */
function recipeRecord(resolved: ResolvedTrainer): OptionsRecord {
  const { recipe, warmupFrom, sparsityWarmupFrom, decaySteps } = resolved;
  const { auxiliary, inferenceThreshold, thresholdTraining, annealedK } = recipe;
  const { compatibility, initialization: _, inputNormalization, ...plain } = recipe;
  const groups = { auxiliary, inferenceThreshold, thresholdTraining, annealedK };
  const changed = {
    ...plain,
    inputNormalization: inputNormalization.kind,
    ...inputNormalization.kind === "layerNorm" && {
      "inputNormalization.epsilon": inputNormalization.epsilon,
    },
    warmupFrom,
    sparsityWarmupFrom,
    decaySteps,
    ...Object.fromEntries(
      Object.entries(compatibility).map(([key, value]) => [`compatibility.${key}`, value]),
    ),
  };
  const entries = [
    ...Object.entries(changed).filter(([name, value]) => isOn(name, value)),
    ...Object.entries(groups).flatMap(([name, group]) =>
      Object.entries(group ?? {}).map(([key, value]) => [`${name}.${key}`, value])
    ),
  ];
  return Object.fromEntries(entries);
}

/** The values of options that a record leaves out: those of a run without any recipe. */
const PLAIN: OptionsRecord = {
  multiTopk: 0,
  unitDecoder: "never",
  projectGradient: false,
  scaleByDecoderNorm: false,
  encoderBias: true,
  decoderBiasStart: "initial",
  inputNormalization: "none",
  warmupFrom: "zero",
  sparsityWarmupFrom: "first",
  "compatibility.auxiliaryBias": "none",
  "compatibility.auxiliaryApplies": "dead",
  "compatibility.clipEpsilon": 1e-6,
};

function isOn(name: string, value: unknown): boolean {
  if (value === undefined || typeof value === "object") return false;
  const plain = PLAIN[name] ?? (typeof value === "number" ? 0 : false);
  return value !== plain;
}
