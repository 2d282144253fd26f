/**
 * Draws how often latents are active.
 *
 * @module
 */
import { rectY, ruleY } from "@observablehq/plot";
import type { EvaluationReport } from "../sae/evaluation.ts";
import { smallPercent } from "../terminal/text.ts";
import { draw, tick, WIDTH } from "./chart.ts";
import type { Figure } from "./figure.ts";

interface Bar {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Draws a histogram of latents by the share of rows in which they are active, with a bar of dead latents beside it. */
export function frequencyFigure(
  { frequency: { histogram }, deadLatents }: EvaluationReport,
  latentCount: number,
  rows: string,
  wide: boolean,
): Figure {
  const { log10From, binWidth, counts } = histogram;
  const bars: Bar[] = counts.map((count, i) => {
    const from = log10From + i * binWidth;
    return { from, to: from + binWidth, count };
  });
  const deadTo = log10From - 2 * binWidth,
    dead = [{ from: deadTo - binWidth, to: deadTo, count: deadLatents }];
  const decades = Array.from({ length: Math.floor(-log10From) + 1 }, (_, i) => -i);
  const channels = { x1: "from", x2: "to", y: "count", insetLeft: 0.5, insetRight: 0.5 };
  const chart = draw({
    width: wide ? WIDTH.full : WIDTH.half,
    x: {
      label: "share of rows in which the latent is active →",
      labelArrow: false,
      labelAnchor: "right",
      ticks: [deadTo - binWidth / 2, ...decades],
      tickFormat: (exponent: number) => exponent < log10From ? "dead" : share(exponent),
    },
    y: {
      label: "↑ latents",
      labelArrow: false,
      grid: true,
      ticks: 5,
      nice: true,
      tickFormat: (count: number) => Number.isInteger(count) ? tick(count) : "",
    },
    marks: [
      rectY(bars, { ...channels, fill: "var(--s6)", title: barTitle }),
      rectY(dead, {
        ...channels,
        fill: "var(--negative)",
        title: () => `dead: ${deadLatents} latents`,
      }),
      ruleY([0], { strokeOpacity: 0.4 }),
    ],
  });
  const caption =
    `Latents by how often they are active on ${rows}; ${deadLatents.toLocaleString("en-US")} of ` +
    `${latentCount.toLocaleString("en-US")} in no row (dead). Logarithmic share.`;
  return {
    title: "Activation frequency",
    caption,
    chart,
    table: {
      head: ["share of rows", "latents"],
      rows: [["0 (dead)", `${deadLatents}`], ...bars.map((bar) => [range(bar), `${bar.count}`])],
    },
    wide,
  };
}

const share = (exponent: number): string => {
  const percents = 100 * 10 ** exponent;
  return `${Number(percents.toPrecision(2))} %`;
};
const range = ({ from, to }: Bar): string => `${share(from)} to ${share(Math.min(0, to))}`;
const barTitle = (bar: Bar): string => `${range(bar)}: ${bar.count} latents`;

/** Adds in words what the histogram does not show. */
export function frequencyWords({ frequency: f }: EvaluationReport): string {
  const quartiles = [f.minimum, f.lowerQuartile, f.median, f.upperQuartile, f.maximum];
  return `Minimum, quartiles and maximum: ${quartiles.map(smallPercent).join(", ")}; ` +
    `${f.denseLatents} latents are active in more than 10 % of the rows.`;
}
