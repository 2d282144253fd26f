/** The tree of latents, which unfolds one level at a time. */
import { byId, el } from "./dom.ts";
import { levelOf } from "./latents.ts";
import { count } from "./numbers.ts";
import { latentLink, type View } from "./view.ts";

/** Entries that are shown at once. */
const PAGE = 200;

/** The tree; folded children are not in the document. */
export class LatentTree {
  #view: View;
  #children?: Map<number, number[]>;
  readonly #box = byId("tree");

  constructor(view: View) {
    this.#view = view;
    this.#box.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** Shows the tree, and in it the latent of the state. */
  update(view: View): void {
    this.#view = view;
    if (!this.#children) {
      this.#children = childrenOf(view);
      this.#box.replaceChildren(this.#intro(), this.#group(this.#roots()));
    }
    for (const item of this.#box.querySelectorAll<HTMLElement>("li[data-item]")) {
      const beyond = levelOf(view.manifest, Number(item.dataset.item)) > view.state.level;
      item.firstElementChild?.classList.toggle("beyond", beyond);
    }
  }

  /** Moves the keyboard to a latent, if it is unfolded. */
  focus(latent: number): void {
    this.#box.querySelector<HTMLElement>(`li[data-item="${latent}"] > .line > a`)?.focus();
  }

  #roots(): number[] {
    const { latents } = this.#view;
    return [...this.#children!.keys()].filter((latent) => latents.parent[latent] < 0)
      .sort((a, b) => a - b);
  }

  #intro(): HTMLElement {
    const { latents, manifest } = this.#view;
    const alone = latents.parent.reduce(
      (sum, parent, latent) => sum + Number(parent < 0 && !this.#children!.has(latent)),
      0,
    );
    const text = this.#children!.size === 0
      ? "No latent has a parent. With one level, or latents that share no rows, there is no tree."
      : `General latents and their special cases. ${count(alone)} of ` +
        `${count(manifest.source.latentCount)} latents have neither parent nor children.`;
    return el("p", { class: "note" }, text);
  }

  #group(latents: readonly number[]): HTMLElement {
    const list = el("ul");
    let shown = 0;
    const more = () => {
      const end = Math.min(latents.length, shown + PAGE);
      list.querySelector(":scope > .more")?.remove();
      for (; shown < end; shown++) list.append(this.#item(latents[shown]));
      if (shown === latents.length) return;
      const button = el("button", { type: "button" }, `${count(latents.length - shown)} more`);
      button.addEventListener("click", more);
      list.append(el("li", { class: "more" }, button));
    };
    more();
    return list;
  }

  #item(latent: number): HTMLElement {
    const children = this.#children!.get(latent) ?? [];
    const beyond = levelOf(this.#view.manifest, latent) > this.#view.state.level;
    const item = el("li", { "data-item": latent });
    const line = el("div", { class: beyond ? "line beyond" : "line" });
    if (children.length > 0) {
      const button = el("button", {
        type: "button",
        "aria-expanded": "false",
        "aria-label": `Children of latent ${latent}`,
      });
      button.addEventListener("click", () => {
        const open = button.getAttribute("aria-expanded") === "true";
        button.setAttribute("aria-expanded", String(!open));
        if (open) item.lastElementChild?.remove();
        else item.append(this.#group(children));
      });
      line.append(button);
    } else line.append(el("span", { class: "leaf" }));
    line.append(latentLink(this.#view, latent));
    if (children.length > 0) line.append(el("span", { class: "note" }, count(children.length)));
    item.append(line);
    return item;
  }

  #onKey(event: KeyboardEvent): void {
    const item = (event.target as Element).closest<HTMLElement>("li[data-item]");
    if (!item || event.altKey || event.ctrlKey || event.metaKey) return;
    const button = item.querySelector<HTMLElement>(":scope > .line > button");
    const open = button?.getAttribute("aria-expanded") === "true";
    const links = [...this.#box.querySelectorAll<HTMLElement>("li[data-item] > .line > a")];
    const place = links.indexOf(item.querySelector<HTMLElement>(":scope > .line > a")!);
    const parent = item.parentElement?.closest<HTMLElement>("li[data-item]");
    if (event.key === "ArrowDown") links[place + 1]?.focus();
    else if (event.key === "ArrowUp") links[place - 1]?.focus();
    else if (event.key === "ArrowRight" && !open) button?.click();
    else if (event.key === "ArrowRight") links[place + 1]?.focus();
    else if (event.key === "ArrowLeft" && open) button?.click();
    else if (event.key === "ArrowLeft") parent?.querySelector<HTMLElement>(".line > a")?.focus();
    else return;
    event.preventDefault();
  }
}

function childrenOf({ latents }: View): Map<number, number[]> {
  const children = new Map<number, number[]>();
  latents.parent.forEach((parent, latent) => {
    if (parent < 0) return;
    const known = children.get(parent);
    if (known) known.push(latent);
    else children.set(parent, [latent]);
  });
  return children;
}
