/** The button that opens the explorer on what has just been trained. */

import type { Announcer } from "./announcer.ts";
import { element } from "./element.ts";
import type { Pieces } from "./protocol.ts";

/** Opens tabs, and hands each what was explored for it, again if it is loaded again. */
export class ExplorerLink {
  readonly #announcer: Announcer;
  readonly #explored = new WeakMap<Window, Pieces>();
  readonly #ready = new WeakSet<Window>();
  /** Tabs that wait for the worker, in their order. */
  readonly #waiting: Window[] = [];

  /** `ask` makes the worker explore, and returns false if there is none. */
  constructor(announcer: Announcer, ask: () => boolean) {
    this.#announcer = announcer;
    element("explore").addEventListener("click", () => this.#open(ask));
    addEventListener("message", ({ source, data }) => {
      if (data?.type !== "explorer" || !(source && "closed" in source)) return;
      this.#ready.add(source);
      this.#hand(source);
    });
  }

  /** Takes what was explored for the first tab that waits. */
  take(pieces: Pieces): void {
    const tab = this.#waiting.shift();
    if (!tab) return;
    this.#explored.set(tab, pieces);
    this.#hand(tab);
  }

  /** Gives up on the tabs that wait, if there are any. */
  fail(message: string): void {
    if (this.#waiting.length === 0) return;
    for (const tab of this.#waiting.splice(0)) tab.close();
    this.#say(`Cannot explore: ${message}`);
  }

  #open(ask: () => boolean): void {
    // Browsers permit a new tab only at once.
    const tab = open("explorer.html", "_blank");
    if (!tab) return this.#say("The browser permits no new tab");
    this.#waiting.push(tab);
    if (!ask()) return this.fail("no backend is open");
    this.#say("The explorer opens in a new tab");
  }

  #hand(tab: Window): void {
    const pieces = this.#explored.get(tab);
    // A page from disk has no origin to name.
    if (pieces && this.#ready.has(tab)) tab.postMessage({ pieces }, "*");
  }

  #say(text: string): void {
    element("explore-note").textContent = `${text}.`;
    this.#announcer.say(text);
  }
}
