/**
 * Probes time programs on an adapter to choose between them, once per adapter.
 *
 * @module
 */
import type { Backend, Program } from "../kernel.ts";

/** Rounds, each program in turn; the shortest time counts. The first warms up. */
const ROUNDS = 4;

/** A program, and the backend that recorded it. */
export interface Timed {
  readonly backend: Backend;
  readonly program: Program;
}

/**
 * Returns the shortest seconds of each program, after a first round that warms up.
 *
 * @param leastSeconds Fewest seconds in a measurement.
 */
export async function timeInTurns(
  programs: readonly Timed[],
  leastSeconds: number,
): Promise<number[]> {
  const seconds = programs.map(() => Infinity);
  let runs = 1;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [n, { backend, program }] of programs.entries()) {
      for (;; runs *= 2) {
        await backend.idle();
        const start = performance.now();
        for (let run = 0; run < runs; run++) backend.submit(program);
        await backend.idle();
        const elapsed = (performance.now() - start) / 1e3;
        if (elapsed < leastSeconds) continue;
        if (round > 0) seconds[n] = Math.min(seconds[n], elapsed / runs);
        break;
      }
    }
  }
  return seconds;
}

/** Keeps what probes have chosen under the adapters' names. */
export class Choices<Choice> {
  readonly #known = new Map<string, Promise<Choice>>();

  /** Returns the choice for an adapter, which is probed at the first call. */
  of(adapter: string, probe: () => Promise<Choice>): Promise<Choice> {
    const found = this.#known.get(adapter);
    if (found) return found;
    const choice = probe();
    this.#known.set(adapter, choice);
    // The next device is probed again if this one was lost during the probe.
    choice.catch(() => this.#known.delete(adapter));
    return choice;
  }
}
