/**
 * Keeps recorded programs for reuse.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { Workspace } from "./workspace.ts";

/** Programs kept. Each holds tensors, and a run rarely alternates between more sizes of batches. */
const KEPT = 4;

/**
 * Keeps the programs used last, each with the tensors that it works on, and disposes the others. Calls must be
 * awaited one by one.
 */
export class ProgramCache<Recorded> implements Disposable {
  readonly #backend: Backend;
  readonly #owner: string;
  /** In the order of their last use. */
  readonly #entries = new Map<string, { recorded: Recorded; workspace: Workspace }>();
  #disposed = false;

  /** Makes an empty cache. Errors call its owner by this name: `the trainer`. */
  constructor(backend: Backend, owner: string) {
    this.#backend = backend;
    this.#owner = owner;
  }

  /**
   * Returns the program of a key, which is recorded at its first use.
   *
   * @param key Everything on which the program depends.
   * @param record Records the program; the workspace owns its tensors.
   * @throws {Error} if the cache is disposed meanwhile.
   */
  async get(key: string, record: (w: Workspace) => Promise<Recorded>): Promise<Recorded> {
    const known = this.#entries.get(key);
    if (known === undefined) return await this.#record(key, record);
    this.#entries.delete(key);
    this.#entries.set(key, known);
    return known.recorded;
  }

  /** Disposes all programs. */
  clear(): void {
    this.#reduceTo(0);
  }

  /** Disposes all programs, and refuses to record new ones. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.clear();
  }

  async #record(key: string, record: (w: Workspace) => Promise<Recorded>): Promise<Recorded> {
    // Before recording, so that old and new tensors need not fit into memory together.
    this.#reduceTo(KEPT - 1);
    const workspace = new Workspace(this.#backend);
    try {
      const recorded = await record(workspace);
      if (this.#disposed) throw new Error(`Cannot record a program: ${this.#owner} is disposed`);
      // Without another wait, during which the cache might be disposed.
      this.#entries.set(key, { recorded, workspace });
      return recorded;
    } catch (error) {
      workspace[Symbol.dispose]();
      throw error;
    }
  }

  #reduceTo(count: number): void {
    for (const [key, { workspace }] of this.#entries) {
      if (this.#entries.size <= count) return;
      workspace[Symbol.dispose]();
      this.#entries.delete(key);
    }
  }
}
