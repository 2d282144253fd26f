/** Announces events and progress to screen readers, but not too often. */

/** Milliseconds between two announcements of progress. */
const PROGRESS_EVERY = 10_000;

/** Writes announcements into a live region. */
export class Announcer {
  readonly #region: HTMLElement;
  #last = performance.now();

  /** Uses `region` as the live region. */
  constructor(region: HTMLElement) {
    this.#region = region;
  }

  /** Announces an event at once. */
  say(text: string): void {
    this.#last = performance.now();
    this.#region.textContent = text;
  }

  /** Announces progress, unless the last announcement is recent. */
  progress(text: string): void {
    if (performance.now() - this.#last >= PROGRESS_EVERY) this.say(text);
  }
}
