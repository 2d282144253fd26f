/** What every part of the page is given. */
import type { Manifest } from "../format.ts";
import { el } from "./dom.ts";
import type { Latents } from "./latents.ts";
import { addressOf, type Bounds, type State } from "./state.ts";

/** The data, and what is shown of it. */
export interface View {
  readonly manifest: Manifest;
  readonly latents: Latents;
  readonly state: State;
  /** Goes to another state; `replace` leaves no entry in the history. */
  go(change: Partial<State>, replace?: boolean): void;
}

/** Returns the bounds of addresses. */
export function boundsOf({ source, levels }: Manifest): Bounds {
  return { latentCount: source.latentCount, levels: levels.length };
}

/** Returns the address of a latent that keeps everything else. */
export function latentAddress({ state, manifest }: View, latent: number): string {
  return addressOf({ ...state, latent }, boundsOf(manifest));
}

/** Links to a latent, with its most frequent token as a reminder. */
export function latentLink(view: View, latent: number): HTMLElement {
  const [token] = view.latents.tokens[latent] ?? [];
  return el(
    "a",
    { href: latentAddress(view, latent), "data-latent": latent },
    el("span", { class: "number" }, String(latent)),
    token !== undefined && el("bdi", { class: "token" }, token.slice(0, 40)),
  );
}

/** Points the links to latents to addresses of the present state. */
export function refreshLinks(view: View): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-latent]")) {
    const latent = Number(link.dataset.latent);
    link.setAttribute("href", latentAddress(view, latent));
    if (latent === view.state.latent) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}
