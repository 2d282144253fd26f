/**
 * What a trainer's options come to, as plain data by which two runs can be compared.
 *
 * @module
 */
import { checkObject, wrongKind } from "./checks.ts";
import type { ResolvedTrainer, TrainerOptions } from "./trainer_options.ts";

/** Options by name, defaults filled in: JSON keeps them as they are. */
export type OptionsRecord = Readonly<
  Record<string, number | string | boolean | readonly number[]>
>;

/**
 * The record of all that decides what a step does and what prefixes are drawn. Parameters and thresholds
 * to start from are not among it: whoever compares records holds a state that has left them behind.
 */
export function optionsRecord(given: TrainerOptions, resolved: ResolvedTrainer): OptionsRecord {
  const { loss, adam } = resolved;
  const { penalty, epsilon, subtractLogEpsilon } = loss.penalty;
  const record = {
    inputSize: given.inputSize,
    latentCount: given.latentCount,
    steps: resolved.steps,
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
    permuteEvery: resolved.permuteEvery,
    deadAfter: resolved.deadAfter,
    path: resolved.path,
    seed: resolved.seed,
  };
  return record;
}

/** Throws a TypeError unless a value, perhaps from a file, is a record. */
export function checkOptionsRecord(value: unknown, name: string, task: string): void {
  checkObject(value, name, task);
  for (const [key, each] of Object.entries(value as object)) {
    const good = ["number", "string", "boolean"].includes(typeof each) ||
      Array.isArray(each) && each.every((item) => typeof item === "number");
    if (good) continue;
    throw wrongKind(
      each,
      `${name}.${key.slice(0, 80)}`,
      "a number, a string, true or false, or numbers",
      task,
    );
  }
}

/**
 * Throws unless both records say the same.
 *
 * @throws {RangeError} that names every option that differs, with both values.
 */
export function checkSameOptions(
  asked: Readonly<Record<string, unknown>>,
  saved: Readonly<Record<string, unknown>>,
  task: string,
  owner: string,
): void {
  const names = [...new Set([...Object.keys(asked), ...Object.keys(saved)])];
  const said = (record: Readonly<Record<string, unknown>>, name: string) =>
    Object.hasOwn(record, name) ? JSON.stringify(record[name]).slice(0, 80) : "not given";
  const different = names
    .filter((name) =>
      // Not by said(): it is cut.
      JSON.stringify(Object.hasOwn(asked, name) ? asked[name] : undefined) !==
        JSON.stringify(Object.hasOwn(saved, name) ? saved[name] : undefined)
    )
    .map((name) =>
      `${name.slice(0, 80)} is ${said(asked, name)} but ${said(saved, name)} in ${owner}`
    );
  if (different.length === 0) return;
  const shown = different.slice(0, 8).join(", ");
  const rest = different.length > 8 ? `, and ${different.length - 8} more` : "";
  throw new RangeError(`Cannot ${task}: ${shown}${rest}`);
}
