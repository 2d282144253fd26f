/** Ctrl-C and SIGTERM, noted until disposed. The second one ends the process as usual. */
export class Interruption implements Disposable {
  // Windows knows no SIGTERM.
  readonly #signals: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM"];
  #listening = true;
  /** Whether a signal has come. */
  requested = false;

  constructor() {
    for (const signal of this.#signals) Deno.addSignalListener(signal, this.#note);
  }

  readonly #note = (): void => {
    this.requested = true;
    console.error("\nStopping after this step. Once more to stop at once, without saving.");
    this[Symbol.dispose]();
  };

  [Symbol.dispose](): void {
    if (!this.#listening) return;
    this.#listening = false;
    for (const signal of this.#signals) Deno.removeSignalListener(signal, this.#note);
  }
}
