/**
 * The table of presets.
 *
 * @module
 */
import { AUTHOR_CODE } from "./author_record.ts";
import { dictionaryLearning } from "./dictionary_learning.ts";
import type { Preset } from "./preset.ts";
import { saeLens } from "./saelens.ts";
import { NESTED } from "./shared.ts";
import { matryoshkaSae, openai, sparsify } from "./single_recipes.ts";

/** The trainer's own defaults. */
const DEFAULT: Preset = {
  name: "default",
  title: "The defaults of Trainer: relu, log penalty, drawn prefixes, scaled inputs",
  source: { repository: "@matryoshka/sae", file: "docs/mathematics.md" },
  options: { targetL0: { rule: "given", of: "targetL0", optional: true } },
  compatibility: {},
};

/** The best of the recipes that docs/recipes.md compares on real activations. */
const BATCH_TOP_K: Preset = {
  name: "matryoshkaBatchTopK",
  title: "Batch top-k over fixed prefixes, AuxK, scaled inputs: what `train` follows by default",
  source: {
    repository: "@matryoshka/sae",
    file: "docs/recipes.md",
    paper: "Bussmann et al. 2025, arXiv 2503.17547",
  },
  options: {
    activation: { kind: "batchtopk", k: { rule: "given", of: "k", otherwise: 32 } },
    prefixFractions: NESTED,
    auxiliary: { weight: 1 / 32 },
  },
  compatibility: {},
};

/**
 * The training recipes that have a name: the trainer's own defaults, and what published libraries do. They are plain
 * data, with rules where an option depends on sizes, which {@linkcode presetOptions} evaluates.
 *
 * @example
 * ```ts
 * import { presets } from "@matryoshka/sae";
 *
 * for (const { name, title, source } of presets) console.log(name, title, source.repository);
 * ```
 */
export const presets: readonly Preset[] = /* @__PURE__ */ allPresets();

function allPresets(): Preset[] {
  const single = [matryoshkaSae(), sparsify(), openai()];
  return [BATCH_TOP_K, DEFAULT, AUTHOR_CODE, ...dictionaryLearning(), ...saeLens(), ...single];
}

/**
 * The names of all {@linkcode presets}, in their order.
 *
 * @example
 * ```ts
 * import { presetNames } from "@matryoshka/sae";
 * import { assert } from "@std/assert";
 *
 * assert(presetNames.includes("dictionaryMatryoshkaBatchTopK"));
 * ```
 */
export const presetNames: readonly string[] = [
  "matryoshkaBatchTopK",
  "default",
  "authorCode",
  "dictionaryMatryoshkaBatchTopK",
  "dictionaryBatchTopK",
  "dictionaryTopK",
  "dictionaryJumpReLU",
  "saelensJumpReLU",
  "saelensMatryoshkaBatchTopK",
  "matryoshkaSae",
  "sparsifyTopK",
  "openaiTopK",
];
