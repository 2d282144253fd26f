/** Kernels that more than one test runs in variants. */

/** Kernels whose shaders sum or scan over the threads of a workgroup, and so differ by subgroups. */
export const SUMS = [
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
  "projectGradient",
  "normalizeRows",
  "extendNorm",
  "unfoldGradients",
  "activeCodes",
  "thresholdGradient",
  "denseThresholdGradient",
  "preActivationLoss",
  "targetL0Penalty",
] as const;
