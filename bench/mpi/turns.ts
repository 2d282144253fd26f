/** Lets one rank work while the others sleep. */

import type { Communicator } from "../../src/distributed/communicator.ts";

/** How often sleeping ranks look whether they are needed, in milliseconds. */
const INTERVAL = 5;

/**
 * The turns of a job. A rank that waits inside MPI keeps its processor busy, which would slow the others down; here it
 * looks for a file now and then.
 */
export class Turns {
  readonly #communicator: Communicator;
  readonly #folder: string;
  #turn = 0;

  /** `folder` is empty, and the same for all ranks. */
  constructor(communicator: Communicator, folder: string) {
    this.#communicator = communicator;
    this.#folder = folder;
  }

  /** Runs `work` on rank 0 while the others sleep. Collective. */
  async alone(work: () => Promise<void>): Promise<void> {
    const done = `${this.#folder}/turn-${this.#turn++}`;
    if (this.#communicator.rank === 0) {
      await work();
      await Deno.writeTextFile(done, "");
    } else {
      while (!await exists(done)) await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    }
    await this.together();
  }

  /** Waits for all ranks. Collective. */
  async together(): Promise<void> {
    await this.#communicator.allReduce(new Float32Array(1));
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
