import { assertEquals } from "@std/assert";
import { presetOptions, type TrainerOptions } from "../../mod.ts";
import { recordedRecipes } from "../golden/recipes.ts";
import { optionsOfRecipe } from "./recorded_recipe_options.ts";

/** The preset of each recorded trainer. */
const PRESETS: readonly (readonly [RegExp, string])[] = [
  [/dictionary_learning.*Matryoshka/, "dictionaryMatryoshkaBatchTopK"],
  [/dictionary_learning.*JumpReLU/, "dictionaryJumpReLU"],
  [/dictionary_learning.*Batch/, "dictionaryBatchTopK"],
  [/dictionary_learning.*TopK/, "dictionaryTopK"],
  [/SAELens.*JumpReLU/, "saelensJumpReLU"],
  [/SAELens.*Matryoshka/, "saelensMatryoshkaBatchTopK"],
  [/bartbussmann/, "matryoshkaSae"],
  [/sparsify/, "sparsifyTopK"],
  [/sparse_autoencoder/, "openaiTopK"],
];

/** What some runs were asked to do otherwise than by default. */
const ASKED:
  readonly (readonly [RegExp, TrainerOptions["compatibility"], Partial<TrainerOptions>])[] = [
    [/SAELens JumpReLU, step/, {}, { subtractDecoderBias: false }],
    // Without multi-topk the switch has nothing to act on.
    [/sparsify TopK$/, { aliveByMultiTopk: false }, {}],
    [/openai.*gradients zeroed/, { carriedGradients: false }, {}],
    // The recording begins after the library has set c.
    [/openai/, {}, { decoderBiasStart: undefined }],
  ];

/** Returns what a library computes whatever the options of a run are, the defaults filled in. */
function computedBy(options: TrainerOptions): Record<string, unknown> {
  const { activation, auxiliary, thresholdTraining, inferenceThreshold } = options;
  return {
    activation: activation?.kind,
    subtractDecoderBias: options.subtractDecoderBias,
    prefixReduction: options.prefixes?.length === 1 ? "one" : options.prefixReduction,
    warmupFrom: options.warmupFrom ?? "zero",
    beta1: options.beta1,
    beta2: options.beta2,
    adamEpsilon: options.adamEpsilon ?? 1e-8,
    inputScaling: options.inputScaling,
    decoderBiasStart: options.decoderBiasStart,
    unitDecoder: options.unitDecoder ?? "never",
    scaleByDecoderNorm: options.scaleByDecoderNorm ?? false,
    encoderBias: options.encoderBias ?? true,
    auxiliary: auxiliary && {
      normalizer: auxiliary.normalizer ?? "residual",
      scaleByDead: auxiliary.scaleByDead ?? false,
      encoderGradient: auxiliary.encoderGradient ?? true,
    },
    logarithm: thresholdTraining && (thresholdTraining.logarithm ?? true),
    thresholdStart: inferenceThreshold ? inferenceThreshold.start : undefined,
    compatibility: options.compatibility,
  };
}

for (const run of await recordedRecipes()) {
  const full = `${run.library} ${run.name}`;
  Deno.test(`a preset as published computes what is recorded: ${full}`, () => {
    const name = PRESETS.find(([pattern]) => pattern.test(full))![1];
    const { inputSize, latentCount, stepCount: steps, rows } = run;
    const sizes = { inputSize, latentCount, steps, rows, targetL0: 2 };
    let preset = presetOptions(name, sizes, { asPublished: true });
    for (const [pattern, switches, options] of ASKED) {
      if (!pattern.test(full)) continue;
      const compatibility = { ...preset.compatibility, ...switches };
      preset = { ...preset, ...options, compatibility };
    }
    assertEquals(computedBy(preset), computedBy(optionsOfRecipe(run)));
  });
}
