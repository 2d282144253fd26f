/**
 * The control block: the small shared memory through which the calling thread hands out work, and what
 * a worker is sent to take part.
 *
 * The block holds int32 words, each that threads contend for on a cache line of its own, and then
 * float64 numbers. `pool.ts` uses it on the calling thread and `worker.ts` on the others.
 *
 * @module
 */

/** What a worker is sent, once. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: SharedArrayBuffer;
  /** 1, 2, …: the calling thread is 0. */
  readonly thread: number;
  /** Names of the exports; a phase gives the index of its export. */
  readonly names: readonly string[];
}

/** Phase number · 1024 + pieces that are still unclaimed. A claim subtracts one by compare-exchange. */
export const CLAIM = 0;
/** Pieces of this phase that workers have finished. */
export const FINISHED = 16;
/** Changes whenever there is something new; idle workers wait on it. */
export const BELL = 32;
/** 1 if a worker has gone to sleep since sleepers were last woken. */
export const SLEEPERS = 48;
/** Number of the last roll call. */
export const ROLL = 49;
/** 1 ends the workers. */
export const STOP = 50;
/** Index of the phase's export in the list of names agreed at the start. */
export const EXPORT = 51;
/** Number of the phase's arguments after from, to and scratch. */
export const ARGUMENT_COUNT = 52;
/** 1 while the calling thread sleeps. */
export const CALLER_SLEEPS = 64;
/** Changes when a worker has news for a calling thread that sleeps. */
export const NEWS = 65;
/** Thread that failed, or 0. */
export const FAILED = 66;
/** Length of the message of the failure; the message follows it, in UTF-16. */
export const MESSAGE = 67;
/** Longest message, in characters. */
export const MESSAGE_LENGTH = 120;
/** Thread t stores the last roll call that it answered at ANSWERS + t. */
export const ANSWERS = 192;
/** More threads than the machines this package is meant for have cores. */
export const MOST_THREADS = 64;

/** Float64 index of the phase's number of items. */
export const ITEMS = 128;
/** Float64 index of the number of items per piece. */
export const PIECE = 129;
/** Float64 index of the number of pieces. */
export const PIECES = 130;
/** Float64 index of the address of thread 0's scratch. */
export const SCRATCH = 131;
/** Float64 index of the bytes of scratch per thread. */
export const SCRATCH_STRIDE = 132;
/** Float64 index of the arguments. */
export const ARGUMENTS = 136;
/** Most arguments of a phase. */
export const MOST_ARGUMENTS = 56;
/** Bytes of the control block. */
export const CONTROL_BYTES: number = 8 * (ARGUMENTS + MOST_ARGUMENTS);

/** Most pieces of a phase: they are counted in the low ten bits of CLAIM. */
export const MOST_PIECES = 1023;
/** Bits of CLAIM that count pieces. */
export const PIECE_BITS = 10;

/**
 * How long a thread spins before it sleeps, in milliseconds: longer than the calling thread works alone
 * between two phases of a step. Waking sleepers costs the caller about 13 µs, and a sleeper begins to
 * work some 250 µs later (measured in Deno on a busy machine).
 */
export const SPIN_MS = 0.1;
