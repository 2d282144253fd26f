/**
 * Recipes of SAELens.
 *
 * @module
 */
import type { Preset, PresetRecord, PresetSource } from "./preset.ts";
import { ADAM, NESTED } from "./shared.ts";

const source = (file: string, paper: string): PresetSource => ({
  repository: "jbloomAus/SAELens",
  commit: "91ca16c",
  file: `sae_lens/saes/${file}`,
  paper,
});

const COMMON: PresetRecord = /* @__PURE__ */ (() => ({
  ...ADAM,
  subtractDecoderBias: true,
  prefixReduction: "sum",
  learningRate: 3e-4,
  warmupSteps: 0,
  warmupFrom: "first",
  decaySteps: 0,
  deadAfter: { rule: "bounded", value: 1000, share: 1 / 5, of: "steps", least: 1 },
  initialization: { law: "uniform", encoderNorm: 0.1, decoderNorm: 0.1 },
}))();

/** Returns the recipes of SAELens. */
export function saeLens(): readonly Preset[] {
  return [
    {
      name: "saelensJumpReLU",
      title: "JumpReLU with trained logarithms of thresholds, step penalty",
      source: source("jumprelu_sae.py", "Rajamanoharan et al. 2024, arXiv 2407.14435"),
      options: {
        ...COMMON,
        activation: { kind: "jumprelu", threshold: 0.01 },
        thresholdTraining: { bandwidth: 0.05, logarithm: true },
        penalty: { kind: "l0", coefficient: 1 },
        targetL0: { rule: "given", of: "targetL0", optional: true },
        sparsityWarmupSteps: 0,
        sparsityWarmupFrom: "zero",
        prefixFractions: [1],
      },
      compatibility: { deadAfter: 1001, compatibility: { deadBefore: true } },
    },
    {
      name: "saelensMatryoshkaBatchTopK",
      title: "Batch top-k over fixed prefixes, AuxK, pre-activations scaled by decoder norms",
      source: source("matryoshka_batchtopk_sae.py", "Bussmann et al. 2025, arXiv 2503.17547"),
      options: {
        ...COMMON,
        activation: { kind: "batchtopk", k: { rule: "given", of: "k", otherwise: 100 } },
        prefixFractions: NESTED,
        scaleByDecoderNorm: true,
        auxiliary: {
          weight: 1,
          latents: { rule: "share", share: 1 / 2, of: "inputSize" },
          normalizer: "none",
          scaleByDead: true,
        },
        inferenceThreshold: { rate: 0.01, start: "corrected" },
      },
      compatibility: {
        deadAfter: 1001,
        inferenceThreshold: { start: "zero" },
        compatibility: {
          auxiliaryBias: "reconstruction",
          auxiliaryNegative: true,
          deadBefore: true,
        },
      },
    },
  ];
}
