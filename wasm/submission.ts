/**
 * One submission of a program, and what it guarantees when a thread fails.
 *
 * Every thread is called when the program begins, and must have answered before the first kernel that
 * updates a tensor in place. So a thread that died or hangs before then ends the program with nothing
 * updated. Afterwards each kernel that updates begins with another call; if a thread does not answer it,
 * the rest of the program runs on the calling thread, which gives the same bits, and the error is thrown
 * once everything is updated. One case remains: a thread traps, or is ended from outside, while it
 * computes a piece. The program stops there, and the error names the kernels that had updated before; if
 * the piece belonged to a kernel that updates, that kernel's update is incomplete. Copies do not count as
 * updates.
 *
 * @module
 */
import type { Engine, PreparedLaunch } from "./engine.ts";

/** A program while it runs. */
export class Submission {
  readonly #engine: Engine;
  /** Kernels that have updated a tensor in place. */
  readonly #updated: string[] = [];
  /** The reason why the engine must not be used any more, if there is one. */
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
      const incomplete = launch.updates ? `; the update of ${launch.kernel} may be incomplete` : "";
      throw this.#fail(`${launch.kernel}: ${messageOf(error)}${incomplete}`, error);
    }
    if (launch.updates) this.#updated.push(launch.kernel);
  }

  /** Ends the program; throws if a thread failed on the way. */
  end(): void {
    if (!this.failure) this.#callAnswered("the program was completed on the calling thread");
    if (this.failure) throw this.failure;
  }

  #beforeUpdate(): void {
    if (this.failure) return;
    if (this.#updated.length > 0) {
      this.#engine.callRoll();
      this.#callAnswered("the program was completed on the calling thread");
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
      `Cannot finish ${text}; kernels that had updated before: ${updated}`,
      { cause },
    );
    return this.failure;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
