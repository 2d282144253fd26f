/** Announces events and what is seen to screen readers, but not too often. */

/** Milliseconds between two announcements of what is seen. */
const NEWS_EVERY = 4_000;
/** Milliseconds after which the same story is told again with its new numbers. */
const PROGRESS_EVERY = 20_000;

/** Writes announcements into a live region. */
export class Announcer {
  readonly #region: HTMLElement;
  #last = performance.now();
  #story = "";

  /** Uses `region` as the live region. */
  constructor(region: HTMLElement) {
    this.#region = region;
  }

  /** Announces an event at once. */
  say(text: string): void {
    this.#last = performance.now();
    this.#region.textContent = text;
  }

  /** Announces what is seen if the story has changed, or after a long silence. */
  tell(story: string, text: string): void {
    const silence = performance.now() - this.#last;
    if (silence < (story === this.#story ? PROGRESS_EVERY : NEWS_EVERY)) return;
    this.#story = story;
    this.say(text);
  }
}
