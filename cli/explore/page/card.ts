/** The card of one latent. */
import type { LatentDetails, Link, Token } from "../format.ts";
import { histogramOf, levelsOf } from "./charts.ts";
import { byId, type Child, el, focusIsLost, tokenText } from "./dom.ts";
import { exampleOf } from "./examples.ts";
import { count, figure, percent } from "./numbers.ts";
import { loadDetails } from "./pieces.ts";
import { addressOf } from "./state.ts";
import { boundsOf, latentLink, type View } from "./view.ts";

/** The card, which knows what it shows. */
export class LatentCard {
  #latent: number | null = null;
  #details?: LatentDetails;

  /** Shows the latent of the state, and moves the focus to it if it is a new one. */
  async update(view: View): Promise<void> {
    const { latent, level } = view.state;
    const box = byId("card");
    document.body.classList.toggle("with-card", latent !== null);
    if (latent === null) {
      this.#latent = null;
      return box.replaceChildren(welcome(view));
    }
    if (latent === this.#latent && this.#details?.latent === latent) {
      const levels = levelsOf(view.manifest, this.#details, level);
      return byId("levels").replaceChildren(levels);
    }
    const first = this.#latent === null && box.childElementCount === 0;
    this.#latent = latent;
    const details = await loadDetails(view.manifest, latent);
    if (latent !== this.#latent) return;
    this.#details = details;
    box.replaceChildren(...cardOf(view, details));
    box.scrollTop = 0;
    // In the list, arrow keys and Enter go from card to card, unless the card lies over it.
    const stays = ["rows", "live"].some((id) => byId(id).contains(document.activeElement));
    if (!first && (focusIsLost() || !stays)) byId("title").focus();
  }

  /** What is shown over this latent's rows, if a latent is shown. */
  get details(): LatentDetails | undefined {
    return this.#latent === null ? undefined : this.#details;
  }
}

function welcome({ manifest }: View): HTMLElement {
  const { rows, l0, dead, source } = manifest;
  return el(
    "div",
    { class: "welcome" },
    el("h2", {}, "What each latent responds to"),
    el("p", {}, "Choose a latent in the list, or unfold the tree from general to special ones."),
    tiles([
      ["latents", count(source.latentCount)],
      ["rows read", count(rows)],
      ["active per row", figure(l0)],
      ["never active", count(dead)],
    ]),
    el("p", { class: "note" }, "In the list, arrow keys move and Enter opens. Press / to search."),
  );
}

function tiles(facts: readonly (readonly [string, string])[]): HTMLElement {
  const entries = facts.map(([name, value]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, value))
  );
  return el("dl", { class: "tiles" }, ...entries);
}

function section(title: string, ...children: Child[]): HTMLElement {
  return el("section", {}, el("h3", {}, title), ...children);
}

function cardOf(view: View, details: LatentDetails): HTMLElement[] {
  const { manifest, state } = view;
  const { latent, max } = details;
  const close = addressOf({ ...state, latent: null }, boundsOf(manifest));
  const head = el(
    "div",
    { class: "card-head" },
    el("a", { href: close, class: "back" }, "All latents"),
    el("h2", { id: "title", tabindex: -1 }, `Latent ${latent}`),
    el("p", { class: "note" }, `among the first ${count(manifest.levels[details.level].prefix)}`),
  );
  if (details.count === 0) {
    return [
      head,
      el("p", {}, `Latent ${latent} was active in none of ${count(manifest.rows)} rows.`),
    ];
  }
  const facts = tiles([
    ["of rows", percent(details.count / manifest.rows)],
    ["active rows", count(details.count)],
    ["maximum", figure(max)],
    ["mean", figure(details.mean)],
  ]);
  const groups = details.quantiles.filter(({ examples }) => examples.length > 0).map((group) =>
    section(
      `From ${percent(group.from)} to ${percent(group.to)} of the maximum`,
      el("ol", { class: "examples" }, ...group.examples.map((each) => exampleOf(each, max))),
    )
  );
  const main = el(
    "div",
    { class: "main" },
    details.distinctive.length > 0 && section(
      "Set apart by",
      chips(details.distinctive, ({ lift }) => `${figure(lift)} ×`),
    ),
    details.tokens.length > 0 &&
      section("Most often on", chips(details.tokens, ({ share }) => percent(share))),
    section(
      "Strongest examples",
      el("ol", { class: "examples" }, ...details.top.map((each) => exampleOf(each, max))),
    ),
    ...groups,
  );
  const side = el(
    "div",
    { class: "side" },
    section("Activations", histogramOf(details)),
    section(
      "Unexplained by each level",
      el("div", { id: "levels" }, levelsOf(manifest, details, state.level)),
    ),
    relatives(view, details),
    linked(view, "Active in the same rows", details.coactive, ({ share }) => percent(share)),
    linked(view, "Nearest directions", details.nearest, ({ cosine }) => figure(cosine)),
  );
  return [head, facts, el("div", { class: "columns" }, main, side)];
}

function chips(tokens: readonly Token[], value: (token: Token) => string): HTMLElement {
  const items = tokens.map((token) =>
    el("li", {}, tokenText(token.text), el("small", {}, value(token)))
  );
  return el("ul", { class: "chips" }, ...items);
}

function linked<T extends { readonly latent: number }>(
  view: View,
  title: string,
  entries: readonly T[],
  value: (entry: T) => string,
): Child & object | null {
  if (entries.length === 0) return null;
  const items = entries.map((entry) =>
    el("li", {}, latentLink(view, entry.latent), el("span", { class: "amount" }, value(entry)))
  );
  return section(title, el("ul", { class: "links" }, ...items));
}

function relatives(view: View, { parent, children }: LatentDetails): HTMLElement {
  const line = (link: Link) =>
    el(
      "li",
      {},
      latentLink(view, link.latent),
      el("span", { class: "amount" }, figure(link.similarity)),
      el("small", {}, `absorbed ${percent(link.absorption)}, gain ${percent(link.gain)}`),
    );
  if (!parent && children.length === 0) {
    return section(
      "Parent and children",
      el("p", { class: "note" }, "None: no similar latent in another level."),
    );
  }
  return section(
    "Parent and children",
    el("p", { class: "note" }, parent ? "A special case of" : "No parent; its special cases"),
    parent ? el("ul", { class: "links" }, line(parent)) : null,
    parent && children.length > 0 ? el("p", { class: "note" }, "Its special cases") : null,
    children.length > 0 && el("ul", { class: "links" }, ...children.map(line)),
  );
}
