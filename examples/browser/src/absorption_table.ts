/** A table that shows, for each child, how often the latent of its parent is active with it. */

import { percent } from "./format.ts";
import { MODELS, type Snapshot, TITLES } from "./protocol.ts";
import type { World } from "./world.ts";

/** Shows the share of rows in which the parent's latent is active, child by child. */
export class AbsorptionTable {
  readonly #meters: { readonly figure: HTMLElement; readonly fill: HTMLElement }[] = [];

  /** Puts an empty table into `host`. */
  constructor(host: HTMLElement, { features, parents }: World) {
    const table = document.createElement("table");
    table.className = "absorption";
    const head = table.createTHead().insertRow();
    for (const title of ["Child active", ...MODELS.map((model) => TITLES[model])]) {
      const th = document.createElement("th");
      th.scope = "col";
      th.textContent = title;
      head.append(th);
    }
    const body = table.createTBody();
    for (const child of parents.flatMap(({ children }) => children)) {
      const row = body.insertRow();
      const th = document.createElement("th");
      th.scope = "row";
      th.textContent = features[child];
      row.append(th);
      for (const model of MODELS) this.#meters.push(meter(row.insertCell(), model));
    }
    host.replaceChildren(table);
  }

  /** Shows the shares of a snapshot. */
  update(snapshot: Snapshot): void {
    this.#meters.forEach(({ figure, fill }, i) => {
      const share = snapshot[MODELS[i % 2]].perChild[i >> 1];
      figure.textContent = percent(share);
      fill.style.setProperty("--share", `${share}`);
    });
  }
}

function meter(cell: HTMLElement, model: string): { figure: HTMLElement; fill: HTMLElement } {
  cell.className = model;
  const box = part("meter", cell);
  const track = part("track", box);
  const fill = part("fill", track);
  track.ariaHidden = "true";
  const figure = part("figure", box);
  figure.textContent = "—";
  return { figure, fill };
}

function part(className: string, parent: HTMLElement): HTMLElement {
  const span = document.createElement("span");
  span.className = className;
  parent.append(span);
  return span;
}
