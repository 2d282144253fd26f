/**
 * Recorded programs with the tensors that they work on, by what they were recorded for.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";
import { Workspace } from "../step/workspace.ts";

/** Blocks of a file come in two sizes: full ones and the last. Each holds tensors, so few are kept. */
const KEPT = 4;

/** Keeps the recordings used last and disposes the others. */
export class Recordings<Recorded> implements Disposable {
  readonly #backend: Backend;
  readonly #known = new Map<string, { recorded: Recorded; workspace: Workspace }>();
  #disposed = false;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** The recording of this key, made at its first use and dropped when four others have been used since. */
  async get(key: string, make: (w: Workspace) => Promise<Recorded>): Promise<Recorded> {
    let entry = this.#known.get(key);
    this.#known.delete(key);
    entry ??= await this.#make(make);
    this.#known.set(key, entry);
    return entry.recorded;
  }

  /** Drops the recordings that `isStale` picks by their keys. */
  drop(isStale: (key: string) => boolean): void {
    for (const [key, { workspace }] of this.#known) {
      if (!isStale(key)) continue;
      workspace[Symbol.dispose]();
      this.#known.delete(key);
    }
  }

  async #make(make: (w: Workspace) => Promise<Recorded>) {
    let surplus = this.#known.size - KEPT + 1;
    this.drop(() => surplus-- > 0);
    const workspace = new Workspace(this.#backend);
    try {
      const recorded = await make(workspace);
      if (this.#disposed) throw new Error("Cannot record a program: its owner is disposed");
      return { recorded, workspace };
    } catch (error) {
      workspace[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.drop(() => true);
  }
}
