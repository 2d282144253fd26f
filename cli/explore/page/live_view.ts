/** The view of new rows, which is loaded when it is opened for the first time. */
import { byId } from "./dom.ts";
import type { LiveText, OpenLive } from "./live/opening.ts";
import { loadLive, loadVocabulary } from "./pieces.ts";
import type { View } from "./view.ts";

/** Stands for the view until it is there. */
export class LiveView {
  #live?: LiveText;

  /** Shows the view as a state wants it. */
  async update(view: View): Promise<void> {
    const open = await loadLive() as OpenLive;
    this.#live ??= open(byId("live"), view, { loadVocabulary });
    this.#live.update(view);
  }

  /** Moves the keyboard to a latent, where one of the tokens names it. */
  focus(latent: number): void {
    byId("live").querySelector<HTMLElement>(`a[data-latent="${latent}"]`)?.focus();
  }
}
