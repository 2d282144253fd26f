import process from "node:process";

/** Lets waiting timers and signals have their turn: some backends compute without ever giving them one. */
export const yieldToEvents = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/**
 * How many milliseconds a signal may repeat itself: launchers send it to all processes of a job, and those that started
 * others, as `deno task` does, pass it on to them once more.
 */
const ECHO = 1000;

/**
 * Notes Ctrl-C and SIGTERM until disposed, so that a command can finish what it is doing and clean up. One second after
 * the first signal it no longer listens: a further one ends the process at once.
 */
export class StopSignal implements Disposable {
  readonly #signals: readonly NodeJS.Signals[];
  readonly #notice: string;
  #echoing = false;
  #requested = false;

  /**
   * Listens from now on; `notice` is printed to stderr when a signal arrives.
   *
   * @param more Further signals to listen to.
   */
  constructor(notice: string, more: readonly NodeJS.Signals[] = []) {
    this.#notice = notice;
    // Windows has no SIGTERM.
    this.#signals = process.platform === "win32" ? ["SIGINT"] : ["SIGINT", "SIGTERM", ...more];
    for (const signal of this.#signals) process.on(signal, this.#note);
  }

  readonly #note = (): void => {
    if (this.#requested) return;
    this.#requested = true;
    this.#echoing = true;
    console.error(`\n${this.#notice}`);
    setTimeout(() => {
      this.#echoing = false;
      this[Symbol.dispose]();
    }, ECHO);
  };

  /** Whether a signal has arrived. */
  get requested(): boolean {
    return this.#requested;
  }

  /** Stops listening, if need be when the first signal cannot repeat itself any more: then a signal ends the process. */
  [Symbol.dispose](): void {
    if (this.#echoing) return;
    for (const signal of this.#signals) process.off(signal, this.#note);
  }
}
