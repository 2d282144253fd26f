/**
 * One submitted program on its way through the engine: what is guaranteed when a thread fails.
 *
 * Every thread is called when the program begins, and must have answered before the first kernel that
 * updates a tensor in place. So a thread that died or hangs before then ends the program with nothing
 * updated. Afterwards each kernel that updates begins with another call; if that is not answered, the
 * rest of the program runs on the calling thread, which gives the same bits, and the error comes when
 * all is updated. What remains: a thread that traps, or is ended from outside, with a piece of work in
 * its hands. The program stops there, and the error names the kernels that had updated before; if the
 * piece was an updating kernel's, that kernel is half done. A copy counts as no update.
 *
 * @module
 */
import type { Engine, PreparedLaunch } from "./engine.ts";

/** A program while it is submitted. */
export class Run {
  readonly #engine: Engine;
  /** Kernels that have updated in place. */
  readonly #updated: string[] = [];
  /** Set when the engine must not be used any more. */
  failure: Error | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
    engine.callRoll();
  }

  /** Runs a kernel. */
  launch(launch: PreparedLaunch): void {
    if (launch.updates) this.#beforeUpdate();
    try {
      this.#engine.run(launch, this.failure !== undefined);
    } catch (error) {
      const half = launch.updates ? `; what ${launch.kernel} updates may be half done` : "";
      throw this.#fail(`${launch.kernel}: ${messageOf(error)}${half}`, error);
    }
    if (launch.updates) this.#updated.push(launch.kernel);
  }

  /** Ends the program; throws if a thread was lost on the way. */
  end(): void {
    if (!this.failure) this.#callAnswered("all of it was computed all the same");
    if (this.failure) throw this.failure;
  }

  #beforeUpdate(): void {
    if (this.failure) return;
    if (this.#updated.length > 0) {
      this.#engine.callRoll();
      this.#callAnswered("all of it was computed all the same");
    } else {
      this.#callAnswered("nothing was updated");
      if (this.failure) throw this.failure;
    }
  }

  #callAnswered(outcome: string): void {
    try {
      this.#engine.awaitAnswers();
    } catch (error) {
      this.failure = new Error(`Cannot finish the program: ${messageOf(error)}; ${outcome}`);
    }
  }

  #fail(text: string, cause: unknown): Error {
    const updated = [...new Set(this.#updated)].join(", ") || "none";
    this.failure = new Error(
      `Cannot finish ${text}; kernels that had updated in place before: ${updated}`,
      { cause },
    );
    return this.failure;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
