import type { Preset } from "./preset.ts";

/** The recipe of the method's author. */
export const AUTHOR_CODE = {
  name: "authorCode",
  title: "Drawn prefixes with l1, λ steered to a target L0",
  source: {
    repository: "noanabeshima/matryoshka-saes",
    file: "sae.py",
    paper: "Nabeshima 2024, Matryoshka Sparse Autoencoders",
  },
  options: {
    activation: { kind: "relu" },
    penalty: { kind: "l1", coefficient: 0.2 },
    minimumPrefix: 1,
    prefixExponent: 0.5,
    targetL0: { rule: "given", of: "targetL0" },
    sparsityRate: 3e-4,
    sparsityWarmup: 0.2,
    learningRate: 0.03,
    warmupSteps: 100,
    decayFraction: 0.2,
    beta1: 0.5,
    beta2: 0.9375,
    adamEpsilon: 1e-8,
    clipNorm: 1,
    prefixReduction: "mean",
    squaredError: "sum",
    subtractDecoderBias: false,
    inputScaling: "uncorrected",
    permuteEvery: 0,
  },
  compatibility: {},
} as const satisfies Preset;
