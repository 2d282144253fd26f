/**
 * Recipes of dictionary_learning.
 *
 * @module
 */
import type { Preset, PresetRecord, PresetSource } from "./preset.ts";
import { ADAM, DEAD_ROWS, NESTED, SHORT_WARMUP } from "./shared.ts";

const source = (file: string, paper: string): PresetSource => ({
  repository: "saprmarks/dictionary_learning",
  commit: "60ec6bf",
  file: `dictionary_learning/trainers/${file}`,
  paper,
});

const COMMON: PresetRecord = /* @__PURE__ */ (() => ({
  ...ADAM,
  prefixReduction: "mean",
  warmupSteps: SHORT_WARMUP,
  decaySteps: 0,
  unitDecoder: "afterUpdate",
  deadAfterRows: DEAD_ROWS,
  initialization: { law: "uniform", encoderNorm: 1, decoderNorm: 1 },
}))();

/** The options of the three trainers that keep the largest activations. */
const LARGEST: PresetRecord = /* @__PURE__ */ (() => ({
  ...COMMON,
  subtractDecoderBias: true,
  decoderBiasStart: "median",
  learningRate: { rule: "root", factor: 2e-4, over: 16384, under: "latentCount" },
  auxiliary: { weight: 1 / 32, latents: { rule: "share", share: 1 / 2, of: "inputSize" } },
  inferenceThreshold: { rate: 0.001, after: SHORT_WARMUP, start: "corrected" },
}))();

const AS_PUBLISHED: PresetRecord = /* @__PURE__ */ (() => ({
  warmupSteps: 1000,
  deadAfterRows: 10_000_000,
  inferenceThreshold: { after: 1001, start: "first" },
  compatibility: { projectionEpsilon: 1e-6, medianTolerance: 1e-5, lateAnnealedK: true },
}))();

const K = { rule: "given", of: "k" } as const;

/** Returns the recipes of dictionary_learning. */
export function dictionaryLearning(): readonly Preset[] {
  return [
    {
      name: "dictionaryMatryoshkaBatchTopK",
      title: "Batch top-k over fixed prefixes, AuxK, unit decoder",
      source: source("matryoshka_batch_top_k.py", "Bussmann et al. 2025, arXiv 2503.17547"),
      options: { ...LARGEST, activation: { kind: "batchtopk", k: K }, prefixFractions: NESTED },
      compatibility: { ...AS_PUBLISHED, prefixWeights: { rule: "equalShares" } },
    },
    {
      name: "dictionaryBatchTopK",
      title: "Batch top-k, AuxK, unit decoder",
      source: source("batch_top_k.py", "Bussmann et al. 2024, arXiv 2412.06410"),
      options: { ...LARGEST, activation: { kind: "batchtopk", k: K }, prefixFractions: [1] },
      compatibility: AS_PUBLISHED,
    },
    {
      name: "dictionaryTopK",
      title: "Top-k of each row, AuxK, unit decoder",
      source: source("top_k.py", "Gao et al. 2024, arXiv 2406.04093"),
      options: {
        ...LARGEST,
        activation: { kind: "topk", k: K },
        prefixFractions: [1],
        inferenceThreshold: { ...LARGEST.inferenceThreshold, smallestOf: "rows" },
      },
      compatibility: AS_PUBLISHED,
    },
    {
      name: "dictionaryJumpReLU",
      title: "JumpReLU with trained thresholds, square of L0 against a target, unit decoder",
      source: source("jumprelu.py", "Rajamanoharan et al. 2024, arXiv 2407.14435"),
      options: {
        ...COMMON,
        activation: { kind: "jumprelu", threshold: 0.001 },
        thresholdTraining: { bandwidth: 0.001, logarithm: false },
        penalty: {
          kind: "targetL0",
          coefficient: 1,
          l0: { rule: "given", of: "targetL0", otherwise: 20 },
        },
        sparsityWarmupSteps: { rule: "bounded", value: 2000, share: 2 / 5, of: "steps" },
        sparsityWarmupFrom: "zero",
        subtractDecoderBias: false,
        prefixFractions: [1],
        learningRate: 7e-5,
        beta1: 0,
      },
      compatibility: {
        warmupSteps: 1000,
        sparsityWarmupSteps: 2000,
        deadAfterRows: 10_000_001,
        compatibility: {
          projectionEpsilon: 1e-6,
          windowOverActivations: true,
          negativeActivations: true,
          silentBelowZero: true,
        },
      },
    },
  ];
}
