/** The list of latents. Only the rows in sight are in the document. */
import { byId, el, tokenText } from "./dom.ts";
import { levelOf, search, sortLatents } from "./latents.ts";
import { count, figure, percent } from "./numbers.ts";
import type { SortKey } from "./state.ts";
import { latentAddress, type View } from "./view.ts";

/** Height of a row in CSS pixels, as in the style sheet. */
const ROW = 40;
/** Rows beyond both ends of what is in sight. */
const MORE = 8;

const COLUMNS: readonly { key: SortKey; label: string; descending: boolean }[] = [
  { key: "number", label: "Latent", descending: false },
  { key: "token", label: "Tokens", descending: false },
  { key: "count", label: "Active", descending: true },
  { key: "max", label: "Max", descending: true },
];

/** The list, which keeps its order and its place. */
export class LatentList {
  #view: View;
  #order: Int32Array = new Int32Array();
  #shown = "";
  #searches = 0;
  /** The place in the order that the keyboard is at. Its row is always in the document, so that Tab reaches it. */
  #active = 0;
  /** The rows in the document by their place in the order. */
  readonly #rows = new Map<number, HTMLElement>();
  readonly #scroller = byId("rows");
  readonly #canvas = byId("canvas");

  constructor(view: View) {
    this.#view = view;
    this.#scroller.addEventListener("scroll", () => this.#draw(), { passive: true });
    this.#scroller.addEventListener("keydown", (event) => this.#onKey(event));
    new ResizeObserver(() => this.#draw()).observe(this.#scroller);
  }

  /** Shows the list as a state wants it. */
  async update(view: View): Promise<void> {
    this.#view = view;
    const { query, sort, descending, level } = view.state;
    const wanted = JSON.stringify([query, sort, descending]);
    // A search that is under way, perhaps for what is no longer asked for, comes too late from here on.
    const turn = ++this.#searches;
    if (wanted !== this.#shown) {
      const found = await search(view.manifest, view.latents, query);
      if (turn !== this.#searches) return;
      const kept = this.#hasFocus() ? this.#order[this.#active] : view.state.latent ?? -1;
      this.#shown = wanted;
      this.#order = sortLatents(found, view.latents, sort, descending);
      this.#active = Math.max(0, this.#order.indexOf(kept));
      this.#scroller.scrollTop = this.#active < 8 ? 0 : this.#active * ROW - 3 * ROW;
      this.#drawHead();
    }
    const all = view.manifest.source.latentCount;
    const beyond = all - view.manifest.levels[level].prefix;
    byId("found").textContent = query.trim() === ""
      ? `${count(all)} latents${beyond > 0 ? `, ${count(beyond)} beyond the level` : ""}`
      : `${count(this.#order.length)} of ${count(all)} latents`;
    byId("none").hidden = this.#order.length > 0;
    this.#canvas.style.height = `${this.#order.length * ROW}px`;
    byId("table").setAttribute("aria-rowcount", String(this.#order.length + 1));
    const focused = this.#hasFocus();
    this.#canvas.replaceChildren();
    this.#rows.clear();
    this.#draw();
    if (focused) this.#activeLink()?.focus({ preventScroll: true });
  }

  /** Moves the keyboard to a latent, if the list shows it. */
  focus(latent: number): void {
    const place = this.#order.indexOf(latent);
    if (place >= 0) this.#moveTo(place);
  }

  #drawHead(): void {
    const { sort, descending } = this.#view.state;
    byId("head").replaceChildren(...COLUMNS.map((column) => {
      const sorted = column.key === sort;
      const button = el("button", { type: "button" }, column.label);
      button.addEventListener("click", () => {
        const next = sorted ? !descending : column.descending;
        this.#view.go({ sort: column.key, descending: next }, true);
      });
      const order = sorted ? (descending ? "descending" : "ascending") : "none";
      return el("span", { role: "columnheader", "aria-sort": order, class: column.key }, button);
    }));
  }

  /** Adds the rows that have come into sight, and removes those that have left it. */
  #draw(): void {
    const { scrollTop, clientHeight } = this.#scroller;
    const last = this.#order.length;
    const from = Math.min(last, Math.max(0, Math.floor(scrollTop / ROW) - MORE));
    const to = Math.min(last, Math.ceil((scrollTop + clientHeight) / ROW) + MORE);
    const places = Array.from({ length: to - from }, (_, n) => from + n);
    const active = this.#active;
    if (active < from && last > 0) places.unshift(active);
    else if (active >= to && last > 0) places.push(active);
    for (const [place, row] of this.#rows) {
      if (place === active || place >= from && place < to) continue;
      row.remove();
      this.#rows.delete(place);
    }
    // In the order of the list, which is the order in which it is read out.
    let next = this.#canvas.firstElementChild;
    for (const place of places) {
      const known = this.#rows.get(place);
      if (known) {
        next = known.nextElementSibling;
        continue;
      }
      const row = this.#row(place);
      this.#canvas.insertBefore(row, next);
      this.#rows.set(place, row);
    }
  }

  #hasFocus(): boolean {
    return this.#canvas.contains(document.activeElement);
  }

  #activeLink(): HTMLElement | null {
    return this.#rows.get(this.#active)?.querySelector("a") ?? null;
  }

  #row(place: number): HTMLElement {
    const { manifest, latents, state } = this.#view;
    const latent = this.#order[place];
    const beyond = levelOf(manifest, latent) > state.level;
    const link = el("a", {
      href: latentAddress(this.#view, latent),
      "data-latent": latent,
      tabindex: place === this.#active ? 0 : -1,
      "aria-label": `Latent ${latent}${beyond ? ", beyond the level" : ""}`,
    }, String(latent));
    if (latent === state.latent) link.setAttribute("aria-current", "true");
    const tokens = latents.tokens[latent].flatMap((text) => [tokenText(text), " "]);
    const active = latents.count[latent];
    const row = el(
      "div",
      { role: "row", class: beyond ? "row beyond" : "row", "aria-rowindex": place + 2 },
      el("span", { role: "cell", class: "number" }, link),
      el("span", { role: "cell", class: "tokens" }, ...tokens),
      el(
        "span",
        { role: "cell", class: "count" },
        active ? percent(active / manifest.rows) : "never",
      ),
      el("span", { role: "cell", class: "max" }, active ? figure(latents.max[latent]) : "–"),
    );
    row.style.top = `${place * ROW}px`;
    return row;
  }

  #onKey(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.#scroller.clientHeight / ROW) - 1);
    const last = this.#order.length - 1;
    const steps: Record<string, number> = {
      ArrowDown: this.#active + 1,
      ArrowUp: this.#active - 1,
      PageDown: this.#active + page,
      PageUp: this.#active - page,
      Home: 0,
      End: last,
    };
    const target = steps[event.key];
    if (target === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#moveTo(Math.max(0, Math.min(last, target)));
  }

  #moveTo(place: number): void {
    this.#activeLink()?.setAttribute("tabindex", "-1");
    this.#active = place;
    const top = place * ROW, { scrollTop, clientHeight } = this.#scroller;
    if (top < scrollTop) this.#scroller.scrollTop = top;
    else if (top + ROW > scrollTop + clientHeight) {
      this.#scroller.scrollTop = top + ROW - clientHeight;
    }
    this.#draw();
    const link = this.#activeLink();
    link?.setAttribute("tabindex", "0");
    link?.focus({ preventScroll: true });
  }
}
