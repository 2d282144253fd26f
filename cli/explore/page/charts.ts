/** The two charts of a card. */
import type { LatentDetails, Manifest } from "../format.ts";
import { el, svg } from "./dom.ts";
import { count, figure, percent } from "./numbers.ts";

const WIDTH = 320, HEIGHT = 84;

/** Draws the histogram of active values. */
export function histogramOf({ histogram, latent }: LatentDetails): HTMLElement {
  const { from, width, counts } = histogram;
  const most = Math.max(1, ...counts);
  const bar = WIDTH / Math.max(1, counts.length);
  const bars = counts.map((value, n) => {
    const height = value && Math.max(1, HEIGHT * value / most);
    const start = from + n * width;
    const text = `${figure(start)} to ${figure(start + width)}: ${count(value)} rows`;
    return svg(
      "rect",
      { x: n * bar, y: HEIGHT - height, width: Math.max(0.5, bar - 1), height },
      svg("title", {}, text),
    );
  });
  const label = `Histogram of the activations of latent ${latent}, from ${figure(from)} to ${
    figure(from + width * counts.length)
  }`;
  return el(
    "figure",
    {},
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label, class: "histogram" },
      ...bars,
    ),
    el(
      "figcaption",
      {},
      el("span", {}, figure(from)),
      el("span", {}, "activation where active"),
      el("span", {}, figure(from + width * counts.length)),
    ),
  );
}

/** Shows what each level leaves unexplained, over this latent's rows and over all. */
export function levelsOf(manifest: Manifest, details: LatentDetails, level: number): HTMLElement {
  const rows = manifest.levels.map(({ prefix, fvu }, n) => {
    const here = details.levels[n] ?? 0;
    const bar = el("span", { class: "bar", "aria-hidden": "true" });
    bar.style.setProperty("--share", String(Math.max(0, Math.min(1, here))));
    const row = el(
      "tr",
      n > level ? { class: "beyond" } : {},
      el("th", { scope: "row" }, `first ${count(prefix)}`),
      el("td", {}, bar, el("span", { class: "share" }, percent(here))),
      el("td", {}, percent(fvu)),
    );
    if (n === level) row.setAttribute("aria-current", "true");
    return row;
  });
  return el(
    "table",
    {},
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        el("th", { scope: "col" }, "Latents"),
        el("th", { scope: "col" }, "its rows"),
        el("th", { scope: "col" }, "all rows"),
      ),
    ),
    el("tbody", {}, ...rows),
  );
}
