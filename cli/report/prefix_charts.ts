/**
 * Draws the FVU and L0 of each prefix.
 *
 * @module
 */
import { dot, lineY, ruleY } from "@observablehq/plot";
import type { PrefixEvaluation } from "@matryoshka/sae";
import { draw, tick } from "./chart.ts";
import type { Figure } from "./figure.ts";

/** Draws FVU and L0 over the length of the prefix. */
export function prefixFigures(perPrefix: readonly PrefixEvaluation[], rows: string): Figure[] {
  return [
    prefixFigure(perPrefix, {
      title: "FVU by prefix",
      label: "↑ FVU",
      value: ({ fvu }) => fvu,
      caption: `Fraction of variance that the first latents alone leave unexplained, on ${rows}.`,
    }),
    prefixFigure(perPrefix, {
      title: "L0 by prefix",
      label: "↑ L0",
      value: ({ l0 }) => l0,
      caption: `Mean number of active latents per row among the first, on ${rows}.`,
    }),
  ];
}

function prefixFigure(
  perPrefix: readonly PrefixEvaluation[],
  { title, label, caption, value }: {
    title: string;
    label: string;
    caption: string;
    value: (each: PrefixEvaluation) => number;
  },
): Figure {
  const channels = { x: "prefix", y: value };
  const chart = draw({
    x: {
      label: "prefix length, latents →",
      labelAnchor: "right",
      labelArrow: false,
      type: "log",
      ticks: perPrefix.length > 8 ? 4 : perPrefix.map(({ prefix }) => prefix),
      tickFormat: tick,
      insetLeft: 8,
      insetRight: 8,
    },
    y: { label, labelArrow: false, grid: true, zero: true, nice: true, ticks: 5, tickFormat: tick },
    marks: [
      ruleY([0], { strokeOpacity: 0.4 }),
      lineY(perPrefix, { ...channels, stroke: "var(--s7)", strokeWidth: 1.75 }),
      dot(perPrefix, { ...channels, fill: "var(--s7)", r: 4 }),
    ],
  });
  return { title, caption, chart };
}
