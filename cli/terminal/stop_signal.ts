import process from "node:process";

/** Lets waiting timers and signals have their turn: some backends compute without ever giving them one. */
export const yieldToEvents = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/**
 * Notes Ctrl-C and SIGTERM until disposed, so that a command can finish what it is doing and clean up. After the
 * first signal it no longer listens: a second one ends the process at once.
 */
export class StopSignal implements Disposable {
  readonly #signals: readonly NodeJS.Signals[];
  readonly #notice: string;
  #listening = true;
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
    this.#requested = true;
    console.error(`\n${this.#notice}`);
    this[Symbol.dispose]();
  };

  /** Whether a signal has arrived. */
  get requested(): boolean {
    return this.#requested;
  }

  /** Stops listening: from now on a signal ends the process. */
  [Symbol.dispose](): void {
    if (!this.#listening) return;
    this.#listening = false;
    for (const signal of this.#signals) process.off(signal, this.#note);
  }
}
