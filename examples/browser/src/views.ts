/** The views of a run: headline, trees, heat maps, table and curves. */

import { AbsorptionTable } from "./absorption_table.ts";
import { Curves } from "./curves.ts";
import { element } from "./element.ts";
import { figure } from "./format.ts";
import { HeatMap } from "./heat_map.ts";
import { narrate, type Scene } from "./narration.ts";
import { type Model, MODELS, type Snapshot, TITLES } from "./protocol.ts";
import type { Settings } from "./settings.ts";
import { TreeDrawing } from "./tree.ts";
import { headline } from "./verdict.ts";
import { worldOf } from "./world.ts";

/** The drawings that last as long as the page. */
export const TREES: Readonly<Record<Model, TreeDrawing>> = {
  vanilla: new TreeDrawing("vanilla"),
  matryoshka: new TreeDrawing("matryoshka"),
};

/** Returns what the page says of a snapshot: the headline and the sentence below it. */
export function story(
  snapshot: Snapshot,
  settings: Settings,
  shownAt: Snapshot | undefined,
): Scene & { readonly headline: string } {
  const text = headline(snapshot).map(({ text }) => text).join("");
  return { headline: text, ...narrate(snapshot, settings, shownAt) };
}

/** Everything that shows one run. */
export class Views {
  readonly #maps: Readonly<Record<Model, HeatMap>>;
  readonly #table: AbsorptionTable;
  readonly #curves: Curves;

  /** Puts empty views into the page. */
  constructor(settings: Settings) {
    const world = worldOf(settings);
    const map = (model: Model) => {
      const caption = `Cosine of each feature with each ${TITLES[model]} latent`;
      element(`${model}-map-summary`).textContent = "";
      return new HeatMap(element(`${model}-map`), world, caption);
    };
    this.#maps = { vanilla: map("vanilla"), matryoshka: map("matryoshka") };
    this.#table = new AbsorptionTable(element("absorption"), world);
    this.#curves = new Curves(element("charts"), world);
    for (const model of MODELS) TREES[model].clear();
  }

  /** Adds a snapshot to the curves, which `draw` shows. */
  add(snapshot: Snapshot): void {
    this.#curves.add(snapshot);
  }

  /** Shows a snapshot. */
  draw(snapshot: Snapshot, sentence: string): void {
    element("headline").replaceChildren(
      ...headline(snapshot).map(({ text, model }) => {
        const span = document.createElement("span");
        span.textContent = text;
        if (model) span.className = model;
        return span;
      }),
    );
    element("detail").textContent = sentence;
    for (const model of MODELS) {
      const { meanCosine, perPrefix } = snapshot[model];
      const { fvu, l0 } = perPrefix.at(-1)!;
      TREES[model].update(snapshot[model]);
      this.#maps[model].update(snapshot[model]);
      element(`${model}-map-summary`).textContent = `mean matched cosine ${
        meanCosine.toFixed(2)
      } · FVU ${figure(fvu)} · L0 ${figure(l0)}`;
    }
    this.#table.update(snapshot);
    this.#curves.draw(snapshot.steps);
  }
}
