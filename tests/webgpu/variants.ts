/** What more than one test tries in variants. */

/** Kernels with sums over workgroups. */
export const SUMS = [
  "scaleInput",
  "totalVariance",
  "rowNorms",
  "prefixSums",
  "globalNorm",
  "sparseReverseSums",
] as const;
