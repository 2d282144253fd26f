/**
 * Draws charts as SVG text with Observable Plot.
 *
 * @module
 */
import { plot, type PlotOptions } from "@observablehq/plot";
import { parseHtml } from "./document.ts";
import { type Markup, markup } from "./html.ts";

/** Widths in pixels of charts on half a page and on a whole one. */
export const WIDTH = { half: 460, full: 760 } as const;

const document = parseHtml("<!doctype html><html><body></body></html>");
/** Attributes with lengths and paths. Digits beyond a hundredth of a pixel would double the size of a page. */
const LENGTHS = ["d", "transform", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height"];

/** Draws a chart, without the inline styles that the security policy of the page forbids. */
export function draw(options: PlotOptions): Markup {
  const svg = plot({
    document,
    width: WIDTH.half,
    height: 256,
    marginTop: 30,
    marginLeft: 56,
    marginBottom: 44,
    ...options,
  });
  for (const style of [...svg.querySelectorAll("style")]) style.remove();
  for (const name of ["class", "height", "font-family", "font-size"]) {
    svg.removeAttribute(name);
  }
  for (const element of svg.querySelectorAll("*")) {
    element.removeAttribute("aria-label"); // the page describes the chart as a whole
    for (const name of LENGTHS) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.replaceAll(/(\.\d\d)\d+/g, "$1"));
    }
  }
  return markup(svg.outerHTML);
}

/** Returns the powers of ten around these values, at most six of them. */
export function decades(low: number, high: number): number[] {
  const from = Math.floor(Math.log10(low)), to = Math.ceil(Math.log10(high));
  const stride = Math.ceil((to - from) / 5);
  return Array.from(
    { length: Math.floor((to - from) / stride) + 1 },
    (_, i) => 10 ** (from + i * stride),
  );
}

/** Writes a number beside a tick in few characters. */
export function tick(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6 || size > 0 && size < 1e-3) return value.toExponential().replace("e+", "e");
  return Number(value.toPrecision(6)).toLocaleString("en-US", { maximumFractionDigits: 6 });
}
