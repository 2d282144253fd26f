/** A new text with the most active latents below each token. */
import type { SparseCodes } from "@matryoshka/sae";
import { el, tokenText } from "../dom.ts";
import { count, figure } from "../numbers.ts";
import { latentAddress, type View } from "../view.ts";
import type { TextFacts } from "./protocol.ts";

/** Latents below each token. */
const MOST_LATENTS = 4;

/** A latent that is active on a token. */
interface Active {
  readonly latent: number;
  readonly value: number;
}

/** The text, which grows as codes arrive. */
export class Gloss {
  readonly element = el("div", { class: "gloss" });
  readonly #facts: TextFacts;
  readonly #texts: readonly (string | undefined)[] | undefined;
  /** What is active on each token so far, strongest first. */
  readonly #active: (readonly Active[])[] = [];
  readonly #cells: HTMLElement[] = [];
  #line?: HTMLElement;

  /** `texts` are those of the tokens, if they are known. */
  constructor(facts: TextFacts, texts: readonly (string | undefined)[] | undefined) {
    this.#facts = facts;
    this.#texts = texts;
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** Rows that have arrived. */
  get rows(): number {
    return this.#active.length;
  }

  /** The mean number of active latents of these rows. */
  get l0(): number {
    return this.#active.reduce((sum, { length }) => sum + length, 0) / this.rows;
  }

  /** Adds the next rows. */
  add(codes: SparseCodes, view: View): void {
    for (let b = 0; b < codes.rows; b++) {
      const row = this.#facts.from + this.rows;
      const active = activeOf(codes, b);
      this.#active.push(active);
      if (!this.#line || this.#facts.context && row % this.#facts.context === 0) {
        this.#line = el("ol", { "aria-label": `Text from row ${count(row)} on` });
        this.element.append(this.#line);
      }
      const cell = el("li", {}, this.#word(this.rows - 1, view));
      for (const each of active.slice(0, MOST_LATENTS)) cell.append(latentMark(view, each));
      this.#cells.push(cell);
      this.#line.append(cell);
    }
    this.#keepStop();
  }

  /** Sees to it that the Tab key stops at one place of the text. */
  #keepStop(): void {
    if (this.element.querySelector('[tabindex="0"]')) return;
    this.element.querySelector("[tabindex]")?.setAttribute("tabindex", "0");
  }

  /** Colours the text by the latent of the state, and dims what lies beyond its level. */
  update(view: View): void {
    const { prefix } = view.manifest.levels[view.state.level];
    for (const [n, cell] of this.#cells.entries()) {
      const word = this.#word(n, view), former = cell.firstElementChild!;
      const focused = former === document.activeElement;
      former.replaceWith(word);
      if (focused) word.focus();
      for (const link of cell.querySelectorAll<HTMLElement>("a")) {
        link.classList.toggle("beyond", Number(link.dataset.latent) >= prefix);
      }
    }
    this.#keepStop();
  }

  /** Returns on how many tokens a latent is active, and how strongly at most. */
  activityOf(latent: number): { readonly tokens: number; readonly most: number } {
    const values = this.#active.map((active) => valueOf(active, latent)).filter((value) =>
      value > 0
    );
    return { tokens: values.length, most: values.reduce((a, b) => Math.max(a, b), 0) };
  }

  /** Makes a token, coloured by the latent of the state, or else by the strongest. */
  #word(n: number, view: View): HTMLElement {
    const active = this.#active[n];
    const { latent } = view.state;
    const by = latent === null ? active[0] : { latent, value: valueOf(active, latent) };
    const text = this.#text(n);
    if (!by || by.value <= 0) return el("span", { class: "word" }, text);
    return coloured(view, by, "word", -1, text);
  }

  #text(n: number): HTMLElement {
    const row = this.#facts.from + n, token = this.#facts.tokens?.[n];
    const text = this.#texts?.[n];
    if (text !== undefined) return tokenText(text);
    return el("span", { class: "note" }, token === undefined ? count(row) : `#${token}`);
  }

  #onKey(event: KeyboardEvent): void {
    const place = (event.target as Element).closest<HTMLElement>("[tabindex]");
    const cell = place?.closest("li");
    if (!place || !cell || event.altKey || event.ctrlKey || event.metaKey) return;
    const line = stopsOf(cell).indexOf(place);
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    let next: HTMLElement | undefined;
    if (step !== 0) {
      let at = this.#cells.indexOf(cell) + step;
      while (this.#cells[at] && stopsOf(this.#cells[at]).length === 0) at += step;
      const stops = this.#cells[at] ? stopsOf(this.#cells[at]) : [];
      next = stops[Math.min(line, stops.length - 1)];
    } else if (event.key === "ArrowDown") next = stopsOf(cell)[line + 1];
    else if (event.key === "ArrowUp") next = stopsOf(cell)[line - 1];
    else return;
    event.preventDefault();
    if (!next) return;
    for (const stop of this.element.querySelectorAll('[tabindex="0"]')) {
      stop.setAttribute("tabindex", "-1");
    }
    next.tabIndex = 0;
    next.focus();
  }
}

const stopsOf = (cell: Element) => [...cell.querySelectorAll<HTMLElement>("[tabindex]")];

const valueOf = (active: readonly Active[], latent: number) =>
  active.find((each) => each.latent === latent)?.value ?? 0;

/** Returns what is active in a row, strongest first. */
function activeOf({ rowOffsets, indices, values }: SparseCodes, b: number): Active[] {
  const active: Active[] = [];
  for (let e = rowOffsets[b]; e < rowOffsets[b + 1]; e++) {
    if (values[e] > 0) active.push({ latent: indices[e], value: values[e] });
  }
  return active.sort((a, b) => b.value - a.value || a.latent - b.latent);
}

function latentMark(view: View, active: Active): HTMLElement {
  const { latent, value } = active;
  const [token] = view.latents.tokens[latent] ?? [];
  const link = el("a", {
    href: latentAddress(view, latent),
    "data-latent": latent,
    tabindex: -1,
    "aria-label": `${latent}, activation ${figure(value)}${token ? `, set apart by ${token}` : ""}`,
  }, String(latent));
  if (latent >= view.manifest.levels[view.state.level].prefix) link.className = "beyond";
  return coloured(view, active, "latent", undefined, link);
}

/** Marks a child by an activation, in the colour of the share that it is of the latent's maximum in the explorer. */
function coloured(
  { latents }: View,
  { latent, value }: Active,
  name: string,
  tabIndex: number | undefined,
  child: HTMLElement,
): HTMLElement {
  const max = latents.max[latent];
  const mark = el("mark", { class: name, "data-value": value }, child);
  if (tabIndex !== undefined) mark.tabIndex = tabIndex;
  // As for examples; a latent that was never active there has no maximum.
  mark.style.setProperty("--strength", String(max > 0 ? Math.sqrt(Math.min(1, value / max)) : 1));
  return mark;
}
