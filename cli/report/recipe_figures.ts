import type { StepMetrics } from "@matryoshka/sae";

/** The figures of recipes in the metrics of a step. */
export const RECIPE_FIGURES = [
  "auxiliaryLoss",
  "multiTopkLoss",
  "preActivationLoss",
  "targetL0Loss",
  "threshold",
] as const satisfies (keyof StepMetrics)[];
