/** Ctrl-C and SIGTERM, until disposed: work that cleans up after itself asks for them. */
export class StopSignal implements Disposable {
  // Windows knows no SIGTERM.
  readonly #signals: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM"];
  #requested = false;

  constructor() {
    for (const signal of this.#signals) Deno.addSignalListener(signal, this.#note);
  }

  readonly #note = (): void => {
    this.#requested = true;
  };

  /** Whether one has come. Timers and signals have their turn first: some backends give them none. */
  async requested(): Promise<boolean> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    return this.#requested;
  }

  [Symbol.dispose](): void {
    for (const signal of this.#signals) Deno.removeSignalListener(signal, this.#note);
  }
}
