/**
 * Evaluates presets for given sizes.
 *
 * @module
 */
import { checkArraySize } from "../../base/array_size.ts";
import {
  checkBoolean,
  checkInteger,
  checkNumber,
  checkObject,
  checkOneOf,
} from "../../base/checks.ts";
import { checkKeys } from "../../base/known_keys.ts";
import type { Activation } from "../../model/activation.ts";
import { prefixesFromFractions } from "../../model/prefixes.ts";
import type { TrainerOptions } from "../trainer_options.ts";
import { ACTIVATION_KINDS, withActivation } from "./other_activation.ts";
import type { Preset, PresetRecord } from "./preset.ts";
import { type PresetValues, valueOf } from "./rules.ts";
import { presets } from "./table.ts";

/** What a preset's options depend on. */
export interface PresetSizes {
  /** d, the size of an input. */
  readonly inputSize: number;
  /** N, the number of latents. */
  readonly latentCount: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /** B, the rows of a batch. With it, what a library counts in rows is bounded by the rows of the run. */
  readonly rows?: number;
  /** Active latents per row, for presets that keep the k largest. */
  readonly k?: number;
  /** Mean active latents per row: k, or what the penalty of other presets aims at. */
  readonly targetL0?: number;
  /** A fixed list of prefix lengths, or how many to draw, in place of the preset's. */
  readonly prefixes?: ArrayLike<number> | number;
  /** Seed of the initial parameters and of the prefixes (0). */
  readonly seed?: number;
}

/** Options of {@linkcode presetOptions}. */
export interface PresetChoice {
  /**
   * Whether the options reproduce what the published code does, known deviations included, rather than the behaviour
   * that is right (false).
   */
  readonly asPublished?: boolean;
  /**
   * The activation in place of the preset's. Parts that belong to that one, such as its penalty or inference threshold,
   * then take the defaults of the new one; jumprelu trains its thresholds under an l0 penalty.
   */
  readonly activation?: Activation["kind"];
}

const SIZE_KEYS = /* @__PURE__ */ Object.keys(
  {
    inputSize: true,
    latentCount: true,
    steps: true,
    rows: true,
    k: true,
    targetL0: true,
    prefixes: true,
    seed: true,
  } satisfies Record<keyof PresetSizes, true>,
);

const TASK = "make the options of a preset";

/**
 * Returns the trainer options of a preset. Spread others over them to change any: `{...options, beta2: 0.99}`.
 *
 * What is counted in a library's fixed numbers of steps or rows, such as warm-ups of 1,000 steps, is bounded by a share
 * of the run, so that presets suit short runs, too; `asPublished` takes the fixed numbers.
 *
 * @param name One of {@linkcode presetNames}.
 * @param sizes The sizes, and how many latents are to be active.
 * @throws {RangeError | TypeError} if there is no such preset, a size is missing or out of its range, or the preset
 * has no use for `k`, or its prefixes do not fit into so few latents.
 *
 * @example
 * ```ts
 * import { createBackend, presetOptions, Trainer } from "@matryoshka/sae";
 * import { assertEquals } from "@std/assert";
 *
 * const sizes = { inputSize: 20, latentCount: 64, steps: 1000, rows: 256, k: 4 };
 * const options = presetOptions("dictionaryMatryoshkaBatchTopK", sizes);
 * assertEquals([options.learningRate, options.auxiliary?.latents], [2e-4 * 16, 10]);
 *
 * using backend = await createBackend("reference");
 * using trainer = await Trainer.create(backend, options);
 * ```
 */
export function presetOptions(
  name: string,
  sizes: PresetSizes,
  choice: PresetChoice = {},
): TrainerOptions {
  const preset = presetNamed(name);
  checkObject(sizes, "sizes", TASK);
  checkKeys(sizes, SIZE_KEYS, TASK);
  checkObject(choice, "choice", TASK);
  checkKeys(choice, ["asPublished", "activation"], TASK);
  const { asPublished = false, activation } = choice;
  checkBoolean(asPublished, "asPublished", TASK);
  if (activation !== undefined) checkOneOf(activation, ACTIVATION_KINDS, "activation", TASK);
  const published = asPublished
    ? merged(preset.options, preset.compatibility) as PresetRecord
    : preset.options;
  const chosen = activation === undefined ? published : withActivation(published, activation);
  const { prefixFractions, ...options } = valueOf(
    chosen,
    valuesOf(name, chosen, sizes),
  ) as Partial<TrainerOptions>;
  const { inputSize, latentCount, steps, seed } = sizes;
  const prefixes = sizes.prefixes ??
    (prefixFractions && prefixesFromFractions(prefixFractions, latentCount));
  return {
    ...options,
    ...typeof prefixes === "number" ? { prefixCount: prefixes } : prefixes && { prefixes },
    inputSize,
    latentCount,
    steps,
    ...seed !== undefined && { seed },
  };
}

/** Returns the preset of this name. */
function presetNamed(name: string): Preset {
  const preset = presets.find((each) => each.name === name);
  if (preset) return preset;
  const names = presets.map((each) => each.name).join(", ");
  throw new RangeError(
    `Cannot ${TASK}: preset must be one of ${names} but is ${JSON.stringify(name) ?? name}`,
  );
}

/** Checks the sizes, and says once how many latents are to be active. */
function valuesOf(name: string, options: PresetRecord, sizes: PresetSizes): PresetValues {
  const { inputSize, latentCount, steps, rows, k, targetL0, prefixes } = sizes;
  checkInteger(inputSize, "inputSize", TASK);
  checkInteger(latentCount, "latentCount", TASK);
  checkArraySize({ latentCount, inputSize }, TASK);
  checkInteger(steps, "steps", TASK);
  if (rows !== undefined) checkInteger(rows, "rows", TASK);
  if (k !== undefined) checkNumber(k, "k", TASK, { above: 0 });
  if (k !== undefined && k > latentCount) {
    throw new RangeError(`Cannot ${TASK}: k ${k} exceeds latentCount ${latentCount}`);
  }
  if (targetL0 !== undefined) {
    checkNumber(targetL0, "targetL0", TASK, { least: 0, most: latentCount });
  }
  const selects = options.activation !== undefined && "k" in options.activation;
  if (!selects && k !== undefined) {
    throw new RangeError(
      `Cannot ${TASK}: k ${k} has no use in preset "${name}", whose targetL0 says how many latents are active`,
    );
  }
  if (selects && k !== undefined && targetL0 !== undefined && k !== targetL0) {
    throw new RangeError(
      `Cannot ${TASK}: k ${k} cannot be combined with targetL0 ${targetL0}: each says how many latents are active`,
    );
  }
  const fractions = options.prefixFractions as ArrayLike<number> | undefined;
  return {
    preset: name,
    inputSize,
    latentCount,
    steps,
    trainedRows: rows === undefined ? undefined : steps * rows,
    k: selects ? k ?? targetL0 : k,
    targetL0,
    prefixCount: typeof prefixes === "number" ? prefixes : (prefixes ?? fractions)?.length ?? 1,
  };
}

/** Returns a record with the values of another; groups of options are merged. */
function merged(record: object, other: object): object {
  const result: Record<string, unknown> = { ...record };
  for (const [key, value] of Object.entries(other)) {
    const before = result[key];
    result[key] = isGroup(before) && isGroup(value) ? { ...before, ...value } : value;
  }
  return result;
}

const isGroup = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !("rule" in value);
