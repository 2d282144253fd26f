/**
 * Guards the tasks of a trainer.
 *
 * @module
 */

/** Lets no task begin during another that must run alone, and none after the trainer is disposed. */
export class TaskGuard implements Disposable {
  readonly #progress: () => string;
  #busy = false;
  #disposed = false;

  /** @param progress Says how far the run came: for the error of a lost device. */
  constructor(progress: () => string) {
    this.#progress = progress;
  }

  /** Whether the trainer is disposed. */
  get isDisposed(): boolean {
    return this.#disposed;
  }

  /** Runs a task during which no other may begin. `busy` is the reason that the other gets. */
  async alone<T>(task: string, busy: string, body: () => Promise<T>): Promise<T> {
    if (this.#busy) throw new Error(`Cannot ${task}: ${busy}`);
    this.#busy = true;
    try {
      return await this.named(task, body);
    } finally {
      this.#busy = false;
    }
  }

  /** Runs a task, whose errors say so if the trainer is disposed meanwhile, or how far the run came on a lost device. */
  async named<T>(task: string, body: () => Promise<T>): Promise<T> {
    this.checkAlive(task);
    try {
      return await body();
    } catch (error) {
      this.checkAlive(task, error);
      // Recognised by its name, because the training core imports no backend.
      if (error instanceof Error && error.name === "DeviceLostError") {
        error.message += `. ${this.#progress()}`;
      }
      throw error;
    }
  }

  /** Throws if the trainer is disposed. */
  checkAlive(task: string, cause?: unknown): void {
    if (this.#disposed) throw new Error(`Cannot ${task}: the trainer is disposed`, { cause });
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
  }
}
