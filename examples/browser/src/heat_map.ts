/** A heat map of cosines between features and latents: a table with coloured cells, which screen readers can read. */

import { figure } from "./format.ts";
import type { ModelSnapshot } from "./protocol.ts";
import type { World } from "./world.ts";

/** Shows the cosine of each feature with each latent. */
export class HeatMap {
  readonly #heads: HTMLElement[] = [];
  readonly #cells: { readonly td: HTMLElement; readonly text: HTMLElement; shown: string }[] = [];

  /** Puts an empty map into `host`. */
  constructor(host: HTMLElement, { features, parents }: World, caption: string) {
    const table = document.createElement("table");
    const title = table.createCaption();
    title.textContent = caption;
    title.className = "hidden";
    const head = table.createTHead().insertRow();
    head.insertCell();
    for (const _ of features) this.#heads.push(heading(head, "col", "·"));
    const body = table.createTBody();
    features.forEach((name, row) => {
      const tr = body.insertRow();
      const children = parents.find(({ parent }) => parent === row)?.children;
      if (children) tr.className = "parent";
      heading(tr, "row", name);
      features.forEach((_, column) => {
        const td = tr.insertCell();
        td.className = children?.includes(column) ? "cell watched" : "cell";
        const text = document.createElement("span");
        td.append(text);
        this.#cells.push({ td, text, shown: "" });
      });
    });
    host.replaceChildren(table);
  }

  /** Shows the cosines of a snapshot. */
  update({ latents, cosines }: ModelSnapshot): void {
    latents.forEach((latent, f) => {
      this.#heads[f].textContent = latent < 0 ? "–" : `${latent}`;
      this.#heads[f].title = latent < 0 ? "no latent" : `latent ${latent}`;
    });
    this.#cells.forEach((cell, i) => {
      const cosine = cosines[i];
      const shown = cosine.toFixed(2);
      if (shown === cell.shown) return;
      cell.shown = shown;
      cell.text.textContent = shown;
      cell.td.title = figure(Number(shown));
      const colour = cosine < 0 ? "--cold" : "--warm";
      const share = Math.min(100, Math.round(100 * Math.abs(cosine)));
      cell.td.style.backgroundColor = `color-mix(in oklab, var(${colour}) ${share}%, var(--zero))`;
    });
  }
}

function heading(row: HTMLTableRowElement, scope: string, text: string): HTMLElement {
  const th = document.createElement("th");
  th.scope = scope;
  th.textContent = text;
  row.append(th);
  return th;
}
