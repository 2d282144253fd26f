/** The page: reads the address, loads what it needs, and shows it. */
import { LatentCard } from "./card.ts";
import { byId, focusIsLost } from "./dom.ts";
import { showValues } from "./examples.ts";
import { type Latents, loadLatents } from "./latents.ts";
import { LiveView } from "./live_view.ts";
import { listenToLevel, showLevel } from "./level.ts";
import { LatentList } from "./list.ts";
import type { Manifest } from "../format.ts";
import { loadManifest } from "./pieces.ts";
import { addressOf, parseAddress, type State } from "./state.ts";
import { LatentTree } from "./tree.ts";
import { boundsOf, refreshLinks, type View } from "./view.ts";

function fail(error: unknown): void {
  const box = byId("failure");
  box.textContent = error instanceof Error ? error.message : String(error);
  box.hidden = false;
}

function start(manifest: Manifest, latents: Latents): void {
  const bounds = boundsOf(manifest);
  let view = viewOf(parseAddress(location.hash, bounds));
  const list = new LatentList(view), tree = new LatentTree(view), card = new LatentCard();
  const live = new LiveView();
  const input = byId("search") as HTMLInputElement;

  function viewOf(state: State): View {
    return { manifest, latents, state, go };
  }

  function go(change: Partial<State>, replace = false): void {
    const address = addressOf({ ...view.state, ...change }, bounds);
    if (replace) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
    show().catch(fail);
  }

  async function show(): Promise<void> {
    const before = view.state.latent;
    const state = parseAddress(location.hash, bounds);
    view = viewOf(state);
    byId("failure").hidden = true;
    if (input.value !== state.query) input.value = state.query;
    byId("list-view").hidden = state.view !== "list";
    byId("tree").hidden = state.view !== "tree";
    byId("live").hidden = state.view !== "live";
    document.body.classList.toggle("with-live", state.view === "live");
    for (const name of ["list", "tree", "live"] as const) {
      const link = byId(`to-${name}`);
      link.setAttribute("href", addressOf({ ...state, view: name, latent: null }, bounds));
      if (name === state.view) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    const { latent } = state;
    document.title = `${latent === null ? "" : `Latent ${latent} · `}${manifest.title}`;
    if (state.view === "tree") tree.update(view);
    await Promise.all([
      state.view === "list" && list.update(view),
      state.view === "live" && live.update(view),
      card.update(view),
    ]);
    showLevel(view, card.details);
    refreshLinks(view);
    if (latent === null && before !== null && focusIsLost()) {
      ({ list, tree, live })[state.view].focus(before);
    }
  }

  input.addEventListener("input", () => go({ query: input.value, view: "list" }, true));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    // On a phone the card lies over the search.
    if (!input.checkVisibility()) go({ view: "list", latent: null });
    input.focus();
  });
  addEventListener("hashchange", () => show().catch(fail));
  byId("name").textContent = manifest.title;
  byId("source").textContent = `${manifest.source.activation} · ${manifest.source.data}`;
  listenToLevel(() => view);
  showValues();
  show().then(() => {
    performance.mark("ready");
    document.body.dataset.ready = "true";
  }).catch(fail);
}

loadManifest()
  .then(async (manifest) => start(manifest, await loadLatents(manifest)))
  .catch(fail);
