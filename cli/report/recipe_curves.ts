/**
 * Draws the figures that only some training recipes have.
 *
 * @module
 */
import type { StepMetrics } from "@matryoshka/sae";
import { curvesFigure } from "./curves.ts";
import type { Figure } from "./figure.ts";
import { curve } from "./metrics.ts";
import { RECIPE_FIGURES } from "./recipe_figures.ts";

const TEXTS: Record<typeof RECIPE_FIGURES[number], { title: string; caption: string }> = {
  auxiliaryLoss: {
    title: "Auxiliary loss",
    caption:
      "The loss by which dead latents learn what the others leave unexplained, with its weight.",
  },
  multiTopkLoss: {
    title: "Multi-top-k loss",
    caption: "The loss of a code with more active latents per row, with its weight.",
  },
  preActivationLoss: {
    title: "Pre-activation loss",
    caption: "The loss that draws the pre-activations of dead latents up, with its weight.",
  },
  targetL0Loss: {
    title: "Target-L0 penalty",
    caption: "The penalty on the distance of L0 from its target, with its weight.",
  },
  threshold: {
    title: "Running threshold",
    caption:
      "Running mean of the smallest activation that the selection keeps: with it as a threshold, rows are encoded " +
      "one by one.",
  },
};

/** Draws those figures that the metrics have. */
export function recipeCurves(metrics: readonly StepMetrics[]): Figure[] {
  return RECIPE_FIGURES.filter((key) => metrics.some((each) => each[key] !== undefined))
    .map((key) => {
      const { title, caption } = TEXTS[key];
      const name = title.toLowerCase().replace("-l0", "-L0");
      const points = curve(metrics, (each) => each[key]);
      return curvesFigure({
        title,
        caption,
        label: name,
        series: [{ name, colour: "s6", points }],
      });
    });
}
