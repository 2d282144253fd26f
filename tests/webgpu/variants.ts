/** Kernels that more than one test runs in variants. */
import { EVERY_WAY } from "../matrix.ts";

/** Kernels of every step whose shaders sum or scan over the threads of a workgroup, and so differ by subgroups. */
const SUMS_OF_STEPS = [
  "scaleInput",
  "totalVariance",
  "rowNorms",
  "prefixSums",
  "prefixResiduals",
  "globalNorm",
  "topk",
  "batchTopk",
  "encodeSparse",
  "codesByLatent",
  "sparseLatentSums",
  "sparseReverseSums",
  "sparseLatentGradients",
] as const;

/** Those of recipes and of screening, which use the same modules: modules_test.ts runs each module by subgroups. */
const OTHER_SUMS = [
  "listDead",
  "encodeDead",
  "auxiliaryGradient",
  "addLatentGradients",
  "runningThreshold",
  "sparseFiredRows",
  "projectGradient",
  "normalizeRows",
  "extendNorm",
  "unfoldGradients",
  "activeCodes",
  "thresholdGradient",
  "denseThresholdGradient",
  "preActivationLoss",
  "targetL0Penalty",
  "quantizeRows",
  "quantizeLatents",
  "adamEncoder",
  "encodeScreened",
] as const;

/** The kernels that are run with sums by subgroups. */
export const SUMS: readonly (typeof SUMS_OF_STEPS | typeof OTHER_SUMS)[number][] = EVERY_WAY
  ? [...SUMS_OF_STEPS, ...OTHER_SUMS]
  : SUMS_OF_STEPS;

/** Of the kernels of steps, some small ones that reduce, count and scan: SwiftShader compiles the others for minutes. */
const SMALL_SUMS = ["rowNorms", "prefixSums", "topk", "codesByLatent", "sparseLatentSums"] as const;

/** The kernels that Chromium runs with sums by subgroups. */
export const CHROMIUM_SUMS: typeof SUMS = EVERY_WAY ? SUMS : SMALL_SUMS;
