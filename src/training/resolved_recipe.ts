/**
 * The parts of a training recipe, checked, with every default filled in.
 *
 * @module
 */
import {
  checkBoolean,
  checkInteger,
  checkNumber,
  checkObject,
  checkOneOf,
} from "../base/checks.ts";
import { checkKeys } from "../base/known_keys.ts";
import { checkInputNormalization, type InputNormalization } from "../model/sae.ts";
import type { ResolvedLoss } from "../step/loss_options.ts";
import type {
  AnnealedK,
  AuxiliaryLoss,
  Compatibility,
  InferenceThreshold,
  Initialization,
  ThresholdTraining,
} from "./recipe_options.ts";
import type { TrainerOptions } from "./trainer_options.ts";

/** The parts of a recipe as the trainer takes them; absent ones are off. */
export interface ResolvedRecipe {
  readonly auxiliary?: Required<AuxiliaryLoss>;
  readonly multiTopk: number;
  readonly inferenceThreshold?: Required<InferenceThreshold>;
  readonly thresholdTraining?: Required<ThresholdTraining>;
  readonly annealedK?: AnnealedK;
  readonly unitDecoder: "never" | "beforeForward" | "beforeUpdate" | "afterUpdate";
  readonly projectGradient: boolean;
  readonly scaleByDecoderNorm: boolean;
  readonly encoderBias: boolean;
  readonly decoderBiasStart: "initial" | "mean" | "median";
  readonly inputNormalization: InputNormalization;
  readonly initialization: Required<Omit<Initialization, "encoderNorm">> & Initialization;
  readonly deadAfterRows?: number;
  readonly compatibility: Required<Compatibility>;
}

/** No deviation. A recipe that is given none has this very object. */
export const NO_COMPATIBILITY: Required<Compatibility> = {
  auxiliaryBias: "none",
  auxiliaryNegative: false,
  auxiliaryAttached: false,
  auxiliaryApplies: "dead",
  deadBefore: false,
  firesAbove: 0,
  silenceFromOne: false,
  lateAnnealedK: false,
  carriedGradients: false,
  clipEpsilon: 1e-6,
  clipBeforeProjection: false,
  projectionEpsilon: 0,
  projectionAssumesUnit: false,
  windowOverActivations: false,
  negativeActivations: false,
  silentBelowZero: false,
  biasPrefix: false,
  medianTolerance: 0,
  aliveByMultiTopk: false,
};

const AUXILIARY: Required<Omit<AuxiliaryLoss, "latents">> = {
  weight: 0.03125,
  perPrefix: false,
  normalizer: "residual",
  scaleByDead: false,
  encoderGradient: true,
};

/** Checks the parts of a recipe, each by itself and against the loss. */
export function resolveRecipe(
  options: TrainerOptions,
  loss: ResolvedLoss,
  task: string,
): ResolvedRecipe {
  const { unitDecoder = "never", projectGradient = unitDecoder !== "never" } = options;
  const { scaleByDecoderNorm = false, encoderBias = true, multiTopk = 0 } = options;
  const { decoderBiasStart = "initial", inputNormalization = { kind: "none" } } = options;
  return {
    auxiliary: auxiliaryOf(options, loss, task),
    multiTopk: checkNumber(multiTopk, "multiTopk", task, { least: 0 }),
    inferenceThreshold: inferenceThresholdOf(options, loss, task),
    thresholdTraining: thresholdTrainingOf(options, loss, task),
    annealedK: annealedKOf(options, loss, task),
    unitDecoder: checkOneOf(
      unitDecoder,
      ["never", "beforeForward", "beforeUpdate", "afterUpdate"],
      "unitDecoder",
      task,
    ),
    projectGradient: checkBoolean(projectGradient, "projectGradient", task),
    scaleByDecoderNorm: checkBoolean(scaleByDecoderNorm, "scaleByDecoderNorm", task),
    encoderBias: checkBoolean(encoderBias, "encoderBias", task),
    decoderBiasStart: checkOneOf(
      decoderBiasStart,
      ["initial", "mean", "median"],
      "decoderBiasStart",
      task,
    ),
    inputNormalization: normalizationOf(inputNormalization, task),
    initialization: initializationOf(options.initialization, task),
    ...options.deadAfterRows !== undefined && {
      deadAfterRows: checkInteger(options.deadAfterRows, "deadAfterRows", task),
    },
    compatibility: compatibilityOf(options.compatibility, task),
  };
}

/** Returns an option group with its defaults, after a check of its keys. */
function withDefaults<Group extends object>(
  given: Partial<Group> | undefined,
  defaults: Group,
  name: string,
  task: string,
  further: readonly string[] = [],
): Group {
  if (given === undefined) return defaults;
  checkObject(given, name, task);
  checkKeys(given, [...Object.keys(defaults), ...further], task, name);
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(set) };
}

function auxiliaryOf(
  { auxiliary, inputSize, latentCount }: TrainerOptions,
  { selection }: ResolvedLoss,
  task: string,
): Required<AuxiliaryLoss> | undefined {
  if (auxiliary === undefined) return undefined;
  checkObject(auxiliary, "auxiliary", task, "an object like {weight: 1 / 32}");
  const { latents = Math.max(1, Math.min(Math.floor(inputSize / 2), latentCount)), ...given } =
    auxiliary;
  if (selection === "identity") {
    throw new RangeError(
      `Cannot ${task}: auxiliary needs latents that can be dead but activation is "identity"`,
    );
  }
  const group = withDefaults(given, AUXILIARY, "auxiliary", task);
  checkNumber(group.weight, "auxiliary.weight", task, { least: 0 });
  checkInteger(latents, "auxiliary.latents", task);
  if (latents > latentCount) {
    throw new RangeError(
      `Cannot ${task}: auxiliary.latents ${latents} exceeds latentCount ${latentCount}`,
    );
  }
  checkOneOf(group.normalizer, ["residual", "input", "none"], "auxiliary.normalizer", task);
  for (const name of ["perPrefix", "scaleByDead", "encoderGradient"] as const) {
    checkBoolean(group[name], `auxiliary.${name}`, task);
  }
  return { ...group, latents };
}

function inferenceThresholdOf(
  { inferenceThreshold: given, communicator }: TrainerOptions,
  { selection }: ResolvedLoss,
  task: string,
): Required<InferenceThreshold> | undefined {
  const selects = selection === "topk" || selection === "batchtopk";
  if (given === false) return undefined;
  if (given === undefined && (selection !== "batchtopk" || communicator !== undefined)) {
    return undefined;
  }
  if (!selects) {
    throw new RangeError(
      `Cannot ${task}: inferenceThreshold needs activation "topk" or "batchtopk" but it is "${selection}"`,
    );
  }
  const group = withDefaults<Required<InferenceThreshold>>(
    given,
    {
      rate: 0.01,
      after: 0,
      start: "corrected",
      smallestOf: selection === "topk" ? "rows" : "batch",
    },
    "inferenceThreshold",
    task,
  );
  checkNumber(group.rate, "inferenceThreshold.rate", task, { above: 0, most: 1 });
  checkInteger(group.after, "inferenceThreshold.after", task, 0);
  checkOneOf(group.start, ["corrected", "first", "zero"], "inferenceThreshold.start", task);
  checkOneOf(group.smallestOf, ["batch", "rows"], "inferenceThreshold.smallestOf", task);
  return group;
}

function thresholdTrainingOf(
  { thresholdTraining: given }: TrainerOptions,
  { selection, penalty, penaltyL0, threshold }: ResolvedLoss,
  task: string,
): Required<ThresholdTraining> | undefined {
  if (given === undefined) {
    if (penalty.penalty !== "l0") return undefined;
    const kind = penaltyL0 === undefined ? "l0" : "targetL0";
    throw new RangeError(
      `Cannot ${task}: penalty "${kind}" moves thresholds only, and needs thresholdTraining, which is not given`,
    );
  }
  if (selection !== "jumprelu") {
    throw new RangeError(
      `Cannot ${task}: thresholdTraining needs activation "jumprelu" but it is "${selection}"`,
    );
  }
  const group = withDefaults<Required<ThresholdTraining>>(
    given,
    { bandwidth: 0.05, logarithm: true, preActivationLoss: 0 },
    "thresholdTraining",
    task,
  );
  checkNumber(group.bandwidth, "thresholdTraining.bandwidth", task, { above: 0 });
  checkBoolean(group.logarithm, "thresholdTraining.logarithm", task);
  checkNumber(group.preActivationLoss, "thresholdTraining.preActivationLoss", task, { least: 0 });
  const bad = group.logarithm ? threshold!.findIndex((value) => !(value > 0)) : -1;
  if (bad < 0) return group;
  throw new RangeError(
    `Cannot ${task}: thresholdTraining.logarithm needs positive thresholds but that of latent ${bad} is ` +
      `${threshold![bad]}`,
  );
}

function annealedKOf(
  { annealedK: given, latentCount }: TrainerOptions,
  { selection, k }: ResolvedLoss,
  task: string,
): AnnealedK | undefined {
  if (given === undefined) return undefined;
  checkObject(given, "annealedK", task, "an object like {from: 512, steps: 1000}");
  checkKeys(given, ["from", "steps"], task, "annealedK");
  if (k === 0) {
    throw new RangeError(
      `Cannot ${task}: annealedK needs activation "topk" or "batchtopk" but it is "${selection}"`,
    );
  }
  checkInteger(given.from, "annealedK.from", task);
  checkInteger(given.steps, "annealedK.steps", task);
  if (given.from < k || given.from > latentCount) {
    throw new RangeError(
      `Cannot ${task}: annealedK.from must be from k ${k} to latentCount ${latentCount} but is ${given.from}`,
    );
  }
  return { from: given.from, steps: given.steps };
}

function normalizationOf(given: InputNormalization, task: string): InputNormalization {
  checkInputNormalization(given, task);
  if (given.kind !== "meanNorm") return given;
  throw new RangeError(
    `Cannot ${task}: inputNormalization "meanNorm" is what inputScaling does: give that instead`,
  );
}

function initializationOf(
  given: Initialization | undefined,
  task: string,
): ResolvedRecipe["initialization"] {
  const defaults = { law: "normal" as const, decoderNorm: 0.1 };
  const group = withDefaults<ResolvedRecipe["initialization"]>(
    given,
    defaults,
    "initialization",
    task,
    ["encoderNorm"],
  );
  checkOneOf(group.law, ["normal", "uniform"], "initialization.law", task);
  checkNumber(group.decoderNorm, "initialization.decoderNorm", task, { above: 0 });
  if (group.encoderNorm !== undefined) {
    checkNumber(group.encoderNorm, "initialization.encoderNorm", task, { above: 0 });
  }
  return group;
}

function compatibilityOf(
  given: Compatibility | undefined,
  task: string,
): Required<Compatibility> {
  const group = withDefaults(given, NO_COMPATIBILITY, "compatibility", task);
  for (const [name, value] of Object.entries(NO_COMPATIBILITY)) {
    const found: unknown = group[name as keyof Compatibility];
    if (typeof value === "boolean") checkBoolean(found as boolean, `compatibility.${name}`, task);
    if (typeof value === "number") {
      checkNumber(found as number, `compatibility.${name}`, task, { least: 0 });
    }
  }
  const biases = ["none", "reconstruction", "both"] as const;
  checkOneOf(group.auxiliaryBias, biases, "compatibility.auxiliaryBias", task);
  const cases = ["dead", "active", "always"] as const;
  checkOneOf(group.auxiliaryApplies, cases, "compatibility.auxiliaryApplies", task);
  return group;
}
