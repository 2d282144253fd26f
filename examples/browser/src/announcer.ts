/** Tells a screen reader what happens, and not too often. */

/** Milliseconds between two announcements of progress. */
const PROGRESS_EVERY = 10_000;

export class Announcer {
  readonly #region: HTMLElement;
  #last = performance.now();

  /** Speaks through a live region. */
  constructor(region: HTMLElement) {
    this.#region = region;
  }

  /** At once: something that was asked for, or that matters. */
  say(text: string): void {
    this.#last = performance.now();
    this.#region.textContent = text;
  }

  /** If nothing was said for a while. */
  progress(text: string): void {
    if (performance.now() - this.#last >= PROGRESS_EVERY) this.say(text);
  }
}
