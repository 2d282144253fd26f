/**
 * Recipes of repositories that hold one each.
 *
 * @module
 */
import type { Preset } from "./preset.ts";
import { ADAM, DEAD_ROWS, NESTED, SHORT_WARMUP } from "./shared.ts";

/** Returns the recipe of bartbussmann/matryoshka_sae. */
export function matryoshkaSae(): Preset {
  return {
    name: "matryoshkaSae",
    title: "Batch top-k over fixed prefixes, AuxK, normalised rows, unit decoder",
    source: {
      repository: "bartbussmann/matryoshka_sae",
      commit: "c7c5787",
      file: "sae.py",
      paper: "Bussmann et al. 2025, arXiv 2503.17547",
    },
    options: {
      ...ADAM,
      activation: { kind: "batchtopk", k: { rule: "given", of: "k", otherwise: 32 } },
      subtractDecoderBias: true,
      inputNormalization: { kind: "layerNorm", epsilon: 1e-5 },
      prefixFractions: NESTED,
      prefixReduction: "mean",
      squaredError: "mean",
      learningRate: 3e-4,
      warmupSteps: 0,
      decaySteps: 0,
      beta2: 0.99,
      clipNorm: 100_000,
      unitDecoder: "afterUpdate",
      deadAfter: { rule: "bounded", value: 20, share: 1 / 5, of: "steps", least: 1 },
      auxiliary: {
        weight: 1 / 32,
        latents: { rule: "bounded", value: 512, share: 1, of: "latentCount" },
        normalizer: "none",
      },
      inferenceThreshold: { rate: 0.01, start: "corrected" },
      initialization: {
        law: "uniform",
        encoderNorm: { rule: "root", factor: Math.SQRT2, over: "inputSize", under: "latentCount" },
        decoderNorm: 1,
      },
    },
    compatibility: {
      deadAfter: 20,
      encoderBias: false,
      unitDecoder: "beforeUpdate",
      inferenceThreshold: { start: "zero" },
      compatibility: {
        biasPrefix: true,
        auxiliaryAttached: true,
        auxiliaryApplies: "active",
        clipBeforeProjection: true,
      },
    },
  };
}

/** Returns the recipe of EleutherAI/sparsify, with Adam. */
export function sparsify(): Preset {
  return {
    name: "sparsifyTopK",
    title: "Top-k of each row, error as a share of the variance, unit decoder",
    source: {
      repository: "EleutherAI/sparsify",
      commit: "9d3b136",
      file: "sparsify/trainer.py",
      paper: "Gao et al. 2024, arXiv 2406.04093",
    },
    options: {
      ...ADAM,
      activation: { kind: "topk", k: { rule: "given", of: "k", otherwise: 32 } },
      subtractDecoderBias: true,
      prefixFractions: [1],
      squaredError: "variance",
      decoderBiasStart: "mean",
      learningRate: { rule: "root", factor: 2e-4, over: 16384, under: "latentCount" },
      warmupSteps: SHORT_WARMUP,
      decaySteps: { rule: "rest", of: "steps", value: 1000, share: 1 / 5 },
      clipNorm: Infinity,
      unitDecoder: "afterUpdate",
      deadAfterRows: DEAD_ROWS,
      // encoderNorm √(1/3): uniform elements up to 1/√d.
      initialization: {
        law: "uniform",
        encoderNorm: { rule: "root", factor: 1, over: 1, under: 3 },
        decoderNorm: 1,
      },
    },
    compatibility: {
      warmupSteps: 1000,
      decaySteps: { rule: "rest", of: "steps", value: 1000, share: 1 },
      unitDecoder: "beforeForward",
      deadAfterRows: 10_000_001,
      auxiliary: {
        weight: 0,
        latents: { rule: "share", share: 1 / 2, of: "inputSize" },
        normalizer: "input",
        scaleByDead: true,
        encoderGradient: false,
      },
      compatibility: {
        auxiliaryBias: "reconstruction",
        deadBefore: true,
        projectionAssumesUnit: true,
        aliveByMultiTopk: true,
      },
    },
  };
}

/** Returns the recipe of openai/sparse_autoencoder. */
export function openai(): Preset {
  return {
    name: "openaiTopK",
    title: "Top-k of each row, AuxK, error as a share of the variance, unit decoder",
    source: {
      repository: "openai/sparse_autoencoder",
      commit: "4965b94",
      file: "sparse_autoencoder/train.py",
      paper: "Gao et al. 2024, arXiv 2406.04093",
    },
    options: {
      ...ADAM,
      activation: { kind: "topk", k: { rule: "given", of: "k", otherwise: 32 } },
      subtractDecoderBias: true,
      prefixFractions: [1],
      squaredError: "variance",
      decoderBiasStart: "median",
      learningRate: 1e-4,
      warmupSteps: 0,
      decaySteps: 0,
      adamEpsilon: 6.25e-10,
      clipNorm: Infinity,
      unitDecoder: "afterUpdate",
      deadAfterRows: DEAD_ROWS,
      auxiliary: {
        weight: 1 / 32,
        latents: { rule: "bounded", value: 256, share: 1, of: "latentCount" },
      },
      initialization: {
        law: "uniform",
        encoderNorm: { rule: "root", factor: 1, over: 1, under: 3 },
        decoderNorm: 1,
      },
    },
    compatibility: {
      deadAfterRows: 10_000_000,
      unitDecoder: "beforeUpdate",
      compatibility: {
        auxiliaryBias: "both",
        auxiliaryApplies: "always",
        firesAbove: 1e-3,
        silenceFromOne: true,
        clipEpsilon: 0,
        carriedGradients: true,
      },
    },
  };
}
