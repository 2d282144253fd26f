/** One rank of a large job, alone. */

import type { Communicator, Numbers } from "../../src/distributed/communicator.ts";

/** The grid that a rank believes to be part of. */
export interface Grid {
  readonly ranks: number;
  readonly ranksPerReplica: number;
}

/** By how many numbers the values of the next rank are turned: even, since some are pairs. */
const TURN = 98;

/**
 * A communicator that answers at once, as if all other ranks had given the like of this one's values: sums are left as
 * they are, and what was gathered once is gathered again. A trainer over it takes the time that a rank of such a job computes; its results mean nothing.
 */
class LoneRank implements Communicator {
  readonly description = "one rank alone";
  readonly #groups: number[];
  /** What was gathered, by its length: to receive it is communication, which a lone rank leaves out. */
  readonly #gathered = new Map<number, Numbers>();

  /** `groups` holds the sizes of the groups that `split` returns, in the order of the calls. */
  constructor(readonly rank: number, readonly size: number, groups: readonly number[]) {
    this.#groups = [...groups];
  }

  async exclusiveScan(_values: Numbers): Promise<void> {}

  async reverseExclusiveScan(_values: Numbers): Promise<void> {}

  async allReduce(_values: Numbers): Promise<void> {}

  /** Other ranks give the values turned, so that top-k finds no ties; but doubles, with the checksum of the step, alike. */
  // deno-lint-ignore require-await -- asynchronous by contract
  async allGather<N extends Numbers>(values: N): Promise<N> {
    const length = values.length * this.size;
    const known = this.#gathered.get(length);
    if (known?.constructor === values.constructor) return known as N;
    const all = new (values.constructor as new (length: number) => N)(length);
    for (let rank = 0; rank < this.size; rank++) {
      const turned = values instanceof Float32Array && rank !== this.rank;
      const first = turned ? TURN * rank % values.length : 0;
      all.set(values.subarray(first), rank * values.length);
      all.set(values.subarray(0, first), (rank + 1) * values.length - first);
    }
    this.#gathered.set(length, all);
    return all;
  }

  async broadcast(_values: Numbers, _root: number): Promise<void> {}

  // deno-lint-ignore require-await -- asynchronous by contract
  async split(_group: number): Promise<Communicator> {
    const size = this.#groups.shift();
    if (size === undefined) {
      throw new Error("Cannot split a lone rank more often than a trainer does");
    }
    // In the middle, so that ranks come before it and after it.
    return new LoneRank(Math.floor(size / 2), size, []);
  }

  abort(reason: string): void {
    throw new Error(reason);
  }
}

/** Returns the communicator of a rank in the middle of the grid. */
export function loneRank({ ranks, ranksPerReplica }: Grid): Communicator {
  const replicas = ranks / ranksPerReplica;
  const rank = Math.floor(replicas / 2) * ranksPerReplica + Math.floor(ranksPerReplica / 2);
  // As Trainer.create splits: the replica first, then the ranks that hold the same latents.
  return new LoneRank(rank, ranks, [ranksPerReplica, replicas]);
}
