/**
 * What ranks, the processes that compute together, need to say to each other. `@matryoshka/sae/mpi` says it over
 * MPI, and `runRanks` between ranks inside one process.
 *
 * @module
 */

/** The numbers of a message. All ranks of one call give the same kind and length. */
export type Numbers = Float32Array | Float64Array | Uint32Array;

/**
 * A group of ranks, numbered from 0. Every method but `abort` is collective: all ranks call the same methods in the
 * same order, and each call ends when this rank's part is done. Messages are changed in place.
 */
export interface Communicator {
  /** The number of this rank: 0 … size − 1. */
  readonly rank: number;
  /** How many ranks there are. */
  readonly size: number;
  /** What carries the messages, for people: `"Open MPI 4.1.4"`. */
  readonly description: string;
  /** Replaces values by their sum over all ranks before this one: by zeros on rank 0. */
  exclusiveScan(values: Numbers): Promise<void>;
  /** Replaces values by their sum over all ranks after this one: by zeros on the last rank. */
  reverseExclusiveScan(values: Numbers): Promise<void>;
  /** Replaces values by their sum over all ranks, with the same bits on every rank. */
  allReduce(values: Numbers): Promise<void>;
  /** Returns the values of all ranks, those of rank 0 first, in a new array of `size` times the length. */
  allGather<N extends Numbers>(values: N): Promise<N>;
  /** Replaces values by those of the rank `root`. */
  broadcast(values: Numbers, root: number): Promise<void>;
  /**
   * Divides the ranks into groups: those that give the same `group` (an integer ≥ 0) form one, in the order of their
   * ranks here.
   */
  split(group: number): Promise<Communicator>;
  /**
   * Ends all ranks, because this one cannot go on: no rank may wait for it for ever. Not collective. Over MPI, the
   * processes end with this status (1); inside one process, every call of every rank, now or later, throws an Error
   * with the reason.
   */
  abort(reason: string, status?: number): void;
}
